"""Probability, edge and interval: against scikit-learn, by hand, and by invariant."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from tradewind.alphas.calibration import calibrated, fit_platt, log_odds, shrinkage, sigmoid, slope_variance
from tradewind.alphas.conformal import fit_interval
from tradewind.alphas.edge import ClassMeans, class_means, confidence, edge_bps
from tradewind.alphas.registry import MODELS
from tradewind.core.errors import ModelError


def drawn(n=4000, slope=0.7, level=0.2, seed=0):
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n)
    up = (rng.random(n) < 1 / (1 + np.exp(-(slope * score + level)))).astype(float)
    return score, up, np.ones(n), np.arange(n)


def test_platt_finds_the_slope_that_made_the_data_and_agrees_with_scikit_learn():
    score, up, weight, t = drawn()
    platt = fit_platt(score, up, weight, t, 1, float(up.mean()))
    line = LogisticRegression(C=np.inf).fit(score[:, None], up)
    assert platt.raw_slope == pytest.approx(line.coef_[0, 0], rel=2e-3)
    assert platt.slope == pytest.approx(platt.raw_slope, rel=0.03)
    # Large sample: the sandwich is the inverse information.
    p = line.predict_proba(score[:, None])[:, 1]
    design = np.column_stack([score, np.ones_like(score)])
    covariance = np.linalg.inv(design.T @ (design * (p * (1 - p))[:, None]))
    assert platt.t_statistic == pytest.approx(platt.raw_slope / covariance[0, 0] ** 0.5, rel=0.05)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 9999), slope=st.floats(-30, 30), base=st.floats(0.2, 0.8), size=st.floats(1e-3, 50)
)
def test_platt_averages_to_the_base_rate_and_never_ranks_backwards(seed, slope, base, size):
    score, up, weight, t = drawn(60, slope, 0.0, seed)
    platt = fit_platt(size * score, up, weight, t // 3, 3, base)
    assert platt.slope >= 0.0
    assert calibrated(size * score, platt).mean() == pytest.approx(base, abs=1e-6)


def test_separable_scores_and_constant_scores_stay_finite():
    score = np.linspace(-1, 1, 50)
    up = (score > 0).astype(float)
    for values in (1e6 * score, np.zeros(50)):
        platt = fit_platt(values, up, np.ones(50), np.arange(50), 1, 0.5)
        assert np.isfinite([platt.slope, platt.level, platt.t_statistic]).all()
    assert fit_platt(np.zeros(50), up, np.ones(50), np.arange(50), 1, 0.5).slope == 0.0


def test_rows_that_repeat_within_a_moment_add_no_evidence():
    score, up, weight, t = drawn(500)
    once = fit_platt(score, up, weight, t, 1, 0.5)
    four = [np.repeat(a, 4) for a in (score, up, weight, t)]
    repeated = fit_platt(*four, 1, 0.5)
    assert repeated.t_statistic == pytest.approx(once.t_statistic, rel=0.02)


def test_slope_variance_is_newey_wests():
    gradient = np.array([1.0, -2.0, 3.0, 0.5])
    t = np.array([5, 5, 6, 7])
    sums = np.array([-1.0, 3.0, 0.5])
    plain = sums @ sums
    assert slope_variance(gradient, t, 1, 2.0) == pytest.approx(plain / 4.0)
    lagged = plain + 2 * (2 / 3 * (sums[1:] @ sums[:-1]) + 1 / 3 * sums[0] * sums[2])
    assert slope_variance(gradient, t, 2, 2.0) == pytest.approx(lagged / 4.0)


@settings(deadline=None)
@given(st.floats(-700, 700))
def test_sigmoid_and_log_odds_are_inverse(x):
    p = sigmoid(np.array([x]))
    assert 0.0 <= p[0] <= 1.0
    assert log_odds(p)[0] == pytest.approx(np.clip(x, -13.815510557, 13.815510557), abs=1e-3)


def test_edge_by_hand():
    returns = np.array([0.02, 0.04, -0.01, -0.03, 0.0])
    means = class_means(returns, np.ones(5), 0.4)
    assert means.up_bps == pytest.approx(300.0)
    assert means.down_bps == pytest.approx(-400.0 / 3)
    p = np.array([0.4, 0.5])
    with_drift = p * means.up_bps + (1 - p) * means.down_bps
    assert edge_bps(p, means, include_drift=True) == pytest.approx(with_drift)
    assert edge_bps(p, means, include_drift=False) == pytest.approx(with_drift - 1e4 * returns.mean())
    assert ClassMeans(up_bps=1, down_bps=-1, base_rate=0.5).drift_bps == 0.0


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0.05, 0.95))
def test_confidence_runs_from_the_base_rate_to_certainty(p, base):
    value = float(confidence(np.array([p]), base)[0])
    assert 0.0 <= value <= 1.0
    assert float(confidence(np.array([base]), base)[0]) == 0.0
    assert float(confidence(np.array([0.0, 1.0]), base).min()) == pytest.approx(1.0)


@pytest.mark.parametrize("nominal", [0.5, 0.8, 0.95])
def test_conformal_intervals_cover_what_they_promise(nominal):
    rng = np.random.default_rng(2)
    covered, measured = [], []
    for _ in range(300):
        residual = rng.standard_t(4, size=200)
        interval = fit_interval(residual, nominal)
        new = rng.standard_t(4, size=50)
        covered.append(((new >= interval.lower) & (new <= interval.upper)).mean())
        measured.append(interval.measured)
    assert nominal - 0.005 < np.mean(covered) < nominal + 0.02
    assert np.mean(measured) == pytest.approx(nominal, abs=0.03)


def test_few_residuals_give_the_widest_seen_and_no_measure():
    interval = fit_interval(np.array([3.0, -2.0, 1.0]), 0.99)
    assert (interval.lower, interval.upper, interval.measured) == (-2.0, 3.0, None)


def test_widths_follow_each_rows_own_range(samples):
    rows = samples("noise", T=900)
    atr, close = rows.names.index("atr"), rows.names.index("close")
    sigma = np.random.default_rng(4).choice([0.005, 0.03], size=rows.cube.shape[:2])
    rows.cube[:, :, atr] = sigma * rows.cube[:, :, close]
    rows.label_return[:] = np.random.default_rng(5).normal(size=len(rows)) * sigma[rows.t, rows.i]
    late = rows.take(rows.t >= 600)
    calm = sigma[late.t, late.i] < 0.01
    for name in ("logistic", "bollinger_reversion"):
        model = MODELS.get(name)(coverage=0.8)
        model.fit(rows.take(rows.t < 400), rows.take((rows.t >= 400) & (rows.t < 600)), seed=1)
        said, realised = model.predict(late), 1e4 * late.label_return
        inside = (realised >= said.lower_bps) & (realised <= said.upper_bps)
        for part in (calm, ~calm):
            assert inside[part].mean() == pytest.approx(0.8, abs=0.06), name
        assert model.describe()["interval_scale"] == "ATR / close of the row"
        stripped = tuple("other" if n == "atr" else n for n in late.names)
        with pytest.raises(ModelError, match="atr"):
            model.predict(replace(late, names=stripped))


@settings(deadline=None)
@given(st.floats(-5, 5), st.floats(1e-3, 5), st.floats(0.05, 1.0))
def test_shrinkage_keeps_a_share_and_trusts_no_more_than_the_ceiling(slope, error, ceiling):
    kept = shrinkage(slope, error, ceiling)
    assert 0.0 <= kept <= 1.0
    assert kept <= ceiling**2 / (ceiling**2 + error**2) + 1e-12
    if abs(slope) <= ceiling and slope != 0.0:
        assert kept == pytest.approx((slope / error) ** 2 / (1 + (slope / error) ** 2))
