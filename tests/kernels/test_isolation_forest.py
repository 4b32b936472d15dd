"""The isolation forest against scikit-learn's, and against what it must do whatever the rows are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.ensemble import IsolationForest

from tradewind.kernels.isolation_forest import isolation_scores


def theirs(table: np.ndarray, trees: int, sample: int) -> np.ndarray:
    forest = IsolationForest(n_estimators=trees, max_samples=min(sample, len(table)), random_state=1)
    return np.asarray(forest.fit(table).score_samples(table))


@pytest.mark.parametrize(
    ("rows", "features", "sample"), [(600, 1, 256), (900, 4, 256), (300, 3, 32), (40, 2, 64)]
)
def test_many_trees_score_as_those_of_scikit_learn(rows: int, features: int, sample: int) -> None:
    table = np.random.default_rng(rows).standard_t(4, (rows, features))
    table[::50] *= 10.0
    own, other = isolation_scores(table, 1_500, sample, 7), theirs(table, 1_500, sample)
    assert np.max(np.abs(own - other)) < 0.03
    assert abs(float(np.mean(own - other))) < 0.005
    assert spearmanr(own, other)[0] > 0.99


def test_the_same_seed_gives_the_same_scores_and_another_others() -> None:
    table = np.random.default_rng(3).normal(size=(500, 2))
    assert np.array_equal(isolation_scores(table, 20, 64, 7), isolation_scores(table, 20, 64, 7))
    assert not np.array_equal(isolation_scores(table, 20, 64, 7), isolation_scores(table, 20, 64, 8))


def test_rows_that_are_all_alike_are_all_plain() -> None:
    scores = isolation_scores(np.ones((300, 3)), 10, 64, 7)
    assert np.ptp(scores) == 0.0
    assert scores[0] == pytest.approx(theirs(np.ones((300, 3)), 10, 64)[0])


@given(st.integers(1, 60), st.integers(1, 4), st.integers(1, 80), st.integers(0, 2**31 - 1), st.booleans())
def test_scores_lie_between_minus_one_and_nought_whatever_the_rows(
    rows: int, features: int, sample: int, seed: int, coarse: bool
) -> None:
    table = np.random.default_rng(seed).normal(size=(rows, features))
    table = np.round(table) if coarse else table
    scores = isolation_scores(table, 5, sample, seed)
    assert scores.shape == (rows,)
    assert np.all((scores >= -1.0) & (scores <= 0.0))
