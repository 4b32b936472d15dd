"""Between panels and lanes, and across instruments."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tradewind.factors.lanes import make_layout
from tradewind.kernels.panel import carry_forward, rank_across, standard_across


@settings(max_examples=60, deadline=None)
@given(
    T=st.integers(1, 40),
    N=st.integers(1, 70),
    seed=st.integers(0, 99),
    share=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_what_is_gathered_comes_back_to_its_place(T: int, N: int, seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    column = rng.normal(size=(T, N))
    column[rng.random((T, N)) < share] = np.nan
    layout = make_layout(np.isfinite(column), tail=10)
    back = np.full((T, N), np.nan)
    for block in layout.blocks:
        lanes = layout.gather(column, block)
        assert np.isfinite(lanes).all()
        layout.scatter(lanes, block, back)
    np.testing.assert_array_equal(back, column)


def test_a_folded_history_comes_back_whole() -> None:
    column = np.arange(50_001, dtype=np.float64)[:, None]
    layout = make_layout(np.isfinite(column), tail=200)
    assert sum(len(block.instrument) for block in layout.blocks) > 4
    back = np.full_like(column, np.nan)
    for block in layout.blocks:
        layout.scatter(layout.gather(column, block), block, back)
    np.testing.assert_array_equal(back, column)


def test_values_are_carried_forward_only() -> None:
    plane = np.array([[np.nan, 1.0], [2.0, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(carry_forward(plane), [[np.nan, 1.0], [2.0, 1.0], [2.0, 1.0]])


def test_ranks_and_scores_across_equal_scipy() -> None:
    rng = np.random.default_rng(0)
    plane = np.round(rng.normal(size=(50, 12)), 1)
    plane[rng.random(plane.shape) < 0.3] = np.nan
    ranks, scores = rank_across(plane), standard_across(plane)
    for t in range(50):
        known = np.isfinite(plane[t])
        values = plane[t, known]
        if len(values) > 1:
            np.testing.assert_allclose(ranks[t, known], (stats.rankdata(values) - 1) / (len(values) - 1))
            np.testing.assert_allclose(scores[t, known], stats.zscore(values), rtol=1e-10, atol=1e-12)
        assert np.isnan(ranks[t, ~known]).all()
    assert rank_across(np.array([[5.0, np.nan]]))[0, 0] == 0.5
    assert standard_across(np.full((1, 3), 0.1)).tolist() == [[0.0, 0.0, 0.0]]
