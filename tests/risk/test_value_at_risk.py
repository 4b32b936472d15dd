"""Value at risk against scipy, closed forms and published critical values."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tradewind.core.errors import DataError
from tradewind.kernels.draws import draw_python
from tradewind.kernels.var import bootstrap_returns, ewma_deviation
from tradewind.risk.components import component_shortfall, component_var
from tradewind.risk.var import (
    bootstrap_var,
    cornish_fisher_shortfall,
    cornish_fisher_var,
    expected_shortfall,
    filtered_historical_shortfall,
    filtered_historical_var,
    historical_var,
    normal_shortfall,
    normal_var,
    student_shortfall,
    student_var,
)
from tradewind.risk.var_backtest import christoffersen, christoffersen_independence, kupiec, traffic_light

RNG = np.random.default_rng(17)
SAMPLE = stats.t.rvs(5, size=500, random_state=RNG) * 0.01


def test_a_known_set() -> None:
    returns = -np.arange(1, 101) / 1000.0  # losses of 0.1 % to 10 %
    assert historical_var(returns, 0.95) == pytest.approx(np.percentile(np.arange(1, 101) / 1000, 95))
    assert expected_shortfall(returns, 0.95) == pytest.approx((96 + 97 + 98 + 99 + 100) / 5000)
    # 1.5 outcomes: the worst and half of the next.
    assert expected_shortfall(returns, 0.985) == pytest.approx((0.100 + 0.5 * 0.099) / 1.5)


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_parametric_against_scipy(level: float) -> None:
    mean, deviation = SAMPLE.mean(), SAMPLE.std(ddof=1)
    assert normal_var(SAMPLE, level) == pytest.approx(-stats.norm.ppf(1 - level, mean, deviation))
    tail = stats.norm.expect(
        lambda x: x, loc=mean, scale=deviation, ub=stats.norm.ppf(1 - level, mean, deviation)
    )
    assert normal_shortfall(SAMPLE, level) == pytest.approx(-tail / (1 - level), rel=1e-6)
    scale = deviation * math.sqrt(4 / 6)
    assert student_var(SAMPLE, level, 6.0) == pytest.approx(-stats.t.ppf(1 - level, 6, mean, scale))
    fitted = 4 + 6 / stats.kurtosis(SAMPLE)
    assert student_var(SAMPLE, level) == pytest.approx(student_var(SAMPLE, level, fitted))
    uniform = np.linspace(-0.02, 0.02, 200)
    assert student_var(uniform, level) == normal_var(uniform, level)


def test_cornish_fisher_is_normal_without_skew_and_close_to_the_truth_with_it() -> None:
    z = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert cornish_fisher_var(z * 0.01, 0.99) == pytest.approx(normal_var(z * 0.01, 0.99), rel=2e-3)
    skewed = -stats.gamma.ppf((np.arange(20_000) + 0.5) / 20_000, 20) * 0.01
    truth = historical_var(skewed, 0.99)
    assert abs(cornish_fisher_var(skewed, 0.99) - truth) < 0.1 * abs(normal_var(skewed, 0.99) - truth)


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_shortfall_is_the_mean_of_value_at_risk_beyond_the_level(level: float) -> None:
    beyond = level + (1 - level) * (np.arange(4000) + 0.5) / 4000
    student = np.mean([student_var(SAMPLE, float(p)) for p in beyond])
    assert student_shortfall(SAMPLE, level) == pytest.approx(student, rel=2e-3)
    expansion = np.mean([cornish_fisher_var(SAMPLE, float(p)) for p in beyond])
    assert cornish_fisher_shortfall(SAMPLE, level) == pytest.approx(expansion, rel=2e-3)
    assert filtered_historical_shortfall(SAMPLE, level) > filtered_historical_var(SAMPLE, level)
    uniform = np.linspace(-0.02, 0.02, 200)
    assert student_shortfall(uniform, level) == normal_shortfall(uniform, level)


def test_filtered_simulation_scales_to_tomorrows_volatility() -> None:
    calm, wild = RNG.normal(0, 0.005, 400), RNG.normal(0, 0.03, 100)
    after_storm = filtered_historical_var(np.r_[calm, wild], 0.95)
    after_calm = filtered_historical_var(np.r_[wild, calm], 0.95)
    assert after_storm > 4 * after_calm
    deviation = ewma_deviation(calm, 0.94, 20)
    variance = np.mean(calm[:20] ** 2)
    for t, r in enumerate(calm):
        assert deviation[t] == pytest.approx(math.sqrt(variance))
        variance = 0.94 * variance + 0.06 * r * r
    assert deviation[-1] == pytest.approx(math.sqrt(variance))


def test_bootstrap_draws_dates_jointly() -> None:
    # Two assets that always cancel: drawn one by one they would seem risky, together they are not.
    one = RNG.normal(0, 0.02, 250)
    table = np.column_stack([one, -one])
    assert bootstrap_var(table, np.array([0.5, 0.5]), 0.99) == pytest.approx((0.0, 0.0), abs=1e-15)
    var, shortfall = bootstrap_var(table, np.array([1.0, 0.0]), 0.95, scenarios=200_000)
    assert var == pytest.approx(historical_var(one, 0.95), rel=0.03)
    assert shortfall == pytest.approx(expected_shortfall(one, 0.95), rel=0.03)
    again = bootstrap_var(table, np.array([1.0, 0.0]), 0.95, scenarios=200_000)
    assert (var, shortfall) == again
    assert bootstrap_var(table, np.array([1.0, 0.0]), 0.95, seed=1) != bootstrap_var(
        table, np.array([1.0, 0.0]), 0.95, seed=2
    )


def test_bootstrap_kernel_equals_its_python_twin() -> None:
    table = RNG.normal(0, 0.02, (37, 3))
    weights = np.array([0.5, -0.2, 0.4])
    found = bootstrap_returns(table, weights, 50, 3, 12_345)
    for s in range(50):
        rows = [draw_python(12_345, s * 3 + d, 37) for d in range(3)]
        growth = np.prod(1 + table[rows], axis=0)
        assert found[s] == pytest.approx(weights @ (growth - 1), abs=1e-15)
    counts = np.bincount([draw_python(7, c, 10) for c in range(20_000)], minlength=10)
    assert stats.chisquare(counts).pvalue > 0.001


@given(st.lists(st.floats(-0.3, 0.3), min_size=30, max_size=120), st.sampled_from([0.9, 0.95, 0.99]))
@settings(deadline=None)
def test_shortfall_is_never_under_the_value_at_risk(returns: list[float], level: float) -> None:
    values = np.array(returns)
    worst = float((-values).max())
    assert historical_var(values, level) <= worst + 1e-12
    assert expected_shortfall(values, level) <= worst + 1e-12
    upper = float(np.quantile(-values, level, method="lower"))
    assert expected_shortfall(values, level) >= upper - 1e-12


def test_components_add_up() -> None:
    returns = RNG.normal(0, 0.01, (300, 4)) @ RNG.normal(0, 1, (4, 4))
    covariance = np.cov(returns, rowvar=False)
    weights = np.array([0.4, -0.3, 0.5, 0.1])
    parts = component_var(covariance, weights, 0.99)
    assert parts.component.sum() == pytest.approx(parts.total)
    assert parts.total == pytest.approx(stats.norm.ppf(0.99) * math.sqrt(weights @ covariance @ weights))
    assert parts.diversification >= -1e-12
    bumped = weights + np.array([1e-6, 0, 0, 0])
    slope = (component_var(covariance, bumped, 0.99).total - parts.total) / 1e-6
    assert parts.marginal[0] == pytest.approx(slope, rel=1e-4)
    total, tail = component_shortfall(returns, weights, 0.95)
    assert tail.sum() == pytest.approx(total)
    assert total == pytest.approx(expected_shortfall(returns @ weights, 0.95))
    assert component_var(covariance, np.zeros(4), 0.99).total == 0.0


def test_kupiec_published_and_critical() -> None:
    # Kupiec (1995), table 3: at 1 % and 255 days fewer than 7 exceptions are not rejected at 5 %.
    critical = stats.chi2.ppf(0.95, 1)
    accepted = [n for n in range(256) if kupiec(n, 255, 0.99).statistic < critical]
    assert accepted == [1, 2, 3, 4, 5, 6]
    accepted = [n for n in range(256) if kupiec(n, 255, 0.95).statistic < critical]
    assert (accepted[0], accepted[-1]) == (7, 20)
    found = kupiec(20, 252, 0.95)  # Jorion (2006), chapter 6: 20 exceptions in 252 days give 3.91
    assert found.statistic == pytest.approx(3.91, abs=0.005)
    for n in (0, 3, 12, 250):
        result = kupiec(n, 250, 0.99)
        assert result.p_value == pytest.approx(stats.chi2.sf(result.statistic, 1), abs=1e-12)


def test_christoffersen_finds_clusters() -> None:
    spread = [i % 20 == 0 for i in range(500)]
    clustered = [i < 25 for i in range(500)]
    assert sum(spread) == sum(clustered) == 25
    assert christoffersen_independence(spread).p_value > 0.05
    assert christoffersen_independence(clustered).p_value < 1e-6
    both = christoffersen(clustered, 0.95)
    assert both.statistic == pytest.approx(
        kupiec(25, 500, 0.95).statistic + christoffersen_independence(clustered).statistic
    )
    assert both.p_value == pytest.approx(stats.chi2.sf(both.statistic, 2))
    assert christoffersen_independence([False] * 10).statistic == 0.0


def test_traffic_light_is_basels() -> None:
    lights = [traffic_light(n) for n in range(12)]
    assert lights == ["green"] * 5 + ["yellow"] * 5 + ["red"] * 2


@pytest.mark.parametrize(
    "call",
    [
        lambda: historical_var(SAMPLE[:10], 0.95),
        lambda: historical_var(np.r_[SAMPLE, np.nan], 0.95),
        lambda: historical_var(SAMPLE, 0.05),
        lambda: student_var(SAMPLE, 0.95, 2.0),
        lambda: bootstrap_var(SAMPLE.reshape(250, 2), np.ones(3), 0.95),
        lambda: bootstrap_var(SAMPLE.reshape(250, 2), np.ones(2), 0.95, horizon=0),
        lambda: filtered_historical_var(np.zeros(50), 0.95),
        lambda: component_var(np.eye(2), np.ones(3), 0.95),
        lambda: component_var(-np.eye(2), np.ones(2), 0.95),
        lambda: component_shortfall(SAMPLE, np.ones(2), 0.95),
        lambda: kupiec(5, 4, 0.99),
        lambda: christoffersen_independence([True]),
        lambda: traffic_light(-1),
    ],
)
def test_bad_input_is_refused(call: object) -> None:
    with pytest.raises(DataError):
        call()  # type: ignore[operator]
