"""Rules against values worked out by hand, and what calibration makes of their coefficients."""

from dataclasses import replace

import numpy as np
import pytest

from tradewind.alphas.registry import MODELS
from tradewind.core.panel import Samples
from tradewind.core.timestamps import NS_PER_DAY


def rows_of(columns, labels=None, horizon=1):
    """One instrument for each column of (T, N) arrays."""
    names = tuple(columns)
    cube = np.stack([np.asarray(columns[n], dtype=float) for n in names], axis=2)
    T, N, _ = cube.shape
    t, i = (a.ravel() for a in np.meshgrid(np.arange(T), np.arange(N), indexing="ij"))
    ts = t * NS_PER_DAY
    return Samples(
        cube=cube,
        t=t,
        i=i,
        ts_event=ts,
        label_return=np.full(T * N, np.nan) if labels is None else np.asarray(labels, dtype=float).ravel(),
        label_end=ts + horizon * NS_PER_DAY,
        weight=np.ones(T * N),
        names=names,
        instrument_ids=tuple(f"S{n}" for n in range(N)),
        horizon_bars=horizon,
    )


BY_HAND = [
    ("moving_average_momentum", {"ema12": [[102.0], [99.0]], "ema50": [[100.0], [100.0]]}, [0.02, -0.01]),
    ("bollinger_reversion", {"bb_position": [[0.5], [0.0], [1.0], [3.0]]}, [0.0, 1.0, -1.0, -2.0]),
    ("rsi_reversion", {"rsi_fast": [[50.0], [15.0], [85.0], [30.0]]}, [0.0, 0.5, -0.5, 0.0]),
    ("donchian_breakout", {"donchian_position_20": [[1.0], [0.95], [0.5], [0.0]]}, [1.0, 0.5, 0.0, -1.0]),
    (
        "volatility_expansion",
        {"ret_1": [[0.03], [-0.015], [0.005]], "atr": [[1.0]] * 3, "close": [[100.0]] * 3},
        [2.0, -0.5, 0.0],
    ),
    (
        "time_series_momentum",
        {"ret_20": [[0.04472135955], [-0.0]], "atr": [[1.0]] * 2, "close": [[100.0]] * 2},
        [np.tanh(1.0), 0.0],
    ),
    (
        "cross_sectional_momentum",
        {"ret_20": [[0.1, 0.3, 0.2], [0.1, np.nan, 0.2]]},
        [-1, 1, 0, *[np.nan] * 3],
    ),
]


@pytest.mark.parametrize(("name", "columns", "expected"), BY_HAND, ids=[case[0] for case in BY_HAND])
def test_signals_by_hand(name, columns, expected):
    model = MODELS.get(name)()
    assert model.signal(rows_of(columns)) == pytest.approx(expected, nan_ok=True)


def test_the_published_edge_is_forty_times_the_ratio():
    model = MODELS.get("moving_average_momentum")()
    rows = rows_of({"ema12": [[101.5]], "ema50": [[100.0]]})
    assert model.published_edge_bps(rows) == pytest.approx([40.0 * 1.5 / 100.0])


def market(slope_bps, T=800, N=4, seed=0):
    rng = np.random.default_rng(seed)
    position = rng.uniform(0.0, 1.0, (T, N))
    labels = 1e-4 * (3.0 + slope_bps * (1 - 2 * position) + rng.normal(0, 100.0, (T, N)))
    return rows_of({"bb_position": position}, labels)


def test_calibration_finds_the_planted_coefficient():
    model = MODELS.get("bollinger_reversion")()
    model.fit(market(30.0), None, seed=0)
    said = model.describe()
    assert said["published_coefficient_bps"] == 5.0
    assert said["coefficient_bps"] == pytest.approx(30.0, abs=8.0)
    assert said["coefficient_bps"] < said["slope_bps_unshrunk"]
    late = market(30.0, seed=9)
    predicted = model.predict(late)
    assert predicted.expected_return_bps == pytest.approx(said["coefficient_bps"] * model.signal(late))
    realised = 1e4 * late.label_return
    inside = (realised >= predicted.lower_bps) & (realised <= predicted.upper_bps)
    assert inside.mean() == pytest.approx(0.9, abs=0.02)
    hopeful = predicted.probability_up > 0.55
    assert (realised[hopeful] > 0).mean() == pytest.approx(predicted.probability_up[hopeful].mean(), abs=0.03)


def test_a_rule_without_an_edge_goes_to_zero_and_a_contradicted_one_is_not_turned_round():
    sizes = []
    for seed in range(12):
        model = MODELS.get("bollinger_reversion")()
        model.fit(market(0.0, seed=seed), None, seed=0)
        sizes.append(model.describe()["coefficient_bps"])
    assert np.mean(sizes) < 2.0
    contradicted = MODELS.get("bollinger_reversion")()
    contradicted.fit(market(-30.0), None, seed=0)
    assert contradicted.describe()["coefficient_bps"] == 0.0
    said = contradicted.predict(market(-30.0, seed=5))
    assert (said.expected_return_bps == 0.0).all()
    assert (said.confidence == 0.0).all()


def test_t_statistic_is_that_of_clustered_least_squares():
    rows = market(10.0, T=200, N=3)
    model = MODELS.get("bollinger_reversion")()
    model.fit(rows, None, seed=0)
    x, y = model.signal(rows), 1e4 * rows.label_return
    design = np.column_stack([np.ones_like(x), x])
    beta = np.linalg.solve(design.T @ design, design.T @ y)
    gradient = design * (y - design @ beta)[:, None]
    sums = np.stack([gradient[rows.t == t].sum(axis=0) for t in np.unique(rows.t)])
    bread = np.linalg.inv(design.T @ design)
    sandwich = bread @ (sums.T @ sums) @ bread
    assert model.describe()["slope_bps_unshrunk"] == pytest.approx(beta[1])
    assert model.describe()["slope_t_statistic"] == pytest.approx(beta[1] / sandwich[1, 1] ** 0.5)


def test_cross_section_is_the_whole_universe_whichever_rows_are_asked():
    rng = np.random.default_rng(3)
    rows = rows_of({"ret_20": rng.normal(size=(50, 6))})
    model = MODELS.get("cross_sectional_momentum")()
    whole = model.signal(rows)
    only = rows.take(rows.i == 2)
    np.testing.assert_array_equal(model.signal(only), whole[rows.i == 2])
    assert whole.reshape(50, 6).sum(axis=1) == pytest.approx(0.0)


def test_zero_range_gives_no_judgement_and_no_warning():
    model = MODELS.get("volatility_expansion")()
    rows = rows_of({"ret_1": [[0.0]], "atr": [[0.0]], "close": [[100.0]]})
    assert np.isnan(model.signal(rows)).all()


def test_coverage_is_measured_on_the_validation_slice():
    rows = market(20.0)
    model = MODELS.get("bollinger_reversion")(coverage=0.7)
    model.fit(rows.take(rows.t < 600), rows.take(rows.t >= 600), seed=0)
    assert model.describe()["interval_coverage_measured"] == pytest.approx(0.7, abs=0.05)
    unlabelled = replace(rows, label_return=np.full(len(rows), np.nan))
    again = MODELS.get("bollinger_reversion")(coverage=0.7)
    again.fit(rows, unlabelled, seed=0)
    assert again.describe()["interval_coverage_measured"] is None
