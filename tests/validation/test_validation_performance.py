import csv
import io
import tarfile

import numpy as np
import pytest

from tradewind.core.errors import DataError
from tradewind.validation.bootstrap import (
    circular_blocks,
    day_counts,
    drawn_days,
    drawn_sums,
    p_value_above,
    stationary_blocks,
)
from tradewind.validation.performance import (
    NetReturns,
    performance,
    performance_intervals,
    periods_per_year,
    sharpe_draws,
)


def series(net, per_year=252.0, turnover=0.5, exposure=1.0, gross=None):
    net = np.asarray(net, float)
    ones = np.ones(len(net))
    gross = net if gross is None else gross
    return NetReturns(np.arange(len(net)), net, gross, turnover * ones, exposure * ones, per_year)


def test_empyricals_published_examples():
    """Expected values of empyrical's own tests for its series of mixed returns (its NaN start left out)."""
    mixed = np.array([1.0, 10.0, -4.0, 2.0, 3.0, 2.0, 1.0, -10.0]) / 100
    got = performance(series(mixed))
    assert got["max_drawdown"] == pytest.approx(-0.1)
    # empyrical counts nine periods with the leading NaN in CAGR; eight are there.
    assert got["cagr"] == pytest.approx(np.prod(1 + mixed) ** (252 / 8) - 1)
    assert got["volatility"] == pytest.approx(0.9136465399704637)
    assert got["sharpe"] == pytest.approx(1.7238613961706866)
    assert got["sortino"] == pytest.approx(2.605531251673693)
    with_zero = np.concatenate([[0.0], mixed])
    assert performance(series(with_zero))["cagr"] == pytest.approx(1.9135925373194231)
    assert performance(series(with_zero))["calmar"] == pytest.approx(19.135925373194233)


def test_figures_of_the_reference_returns_against_plain_formulas(shared_data):
    with tarfile.open(shared_data / "reference" / "empyrical_test_data.tar.xz") as archive:
        text = archive.extractfile("empyrical/tests/test_data/returns.csv").read().decode()
    net = np.array([float(row[1]) for row in csv.reader(io.StringIO(text))]) / 100
    hold = np.roll(net, 7)
    got = performance(series(net), hold)
    wealth = np.concatenate([[1.0], np.cumprod(1 + net)])
    drawdown = wealth / np.maximum.accumulate(wealth) - 1
    longest = run = 0
    for value in drawdown:
        run = run + 1 if value < 0 else 0
        longest = max(longest, run)
    tail = np.quantile(net, 0.05)
    want = {
        "sharpe": net.mean() / net.std(ddof=1) * np.sqrt(252),
        "sortino": net.mean() * 252 / (np.sqrt((np.minimum(net, 0) ** 2).mean()) * np.sqrt(252)),
        "cagr": wealth[-1] ** (252 / len(net)) - 1,
        "total_return": wealth[-1] - 1,
        "max_drawdown": drawdown.min(),
        "max_drawdown_periods": longest,
        "calmar": (wealth[-1] ** (252 / len(net)) - 1) / -drawdown.min(),
        "value_at_risk": tail,
        "expected_shortfall": np.sort(net)[: int(0.05 * (len(net) - 1)) + 1].mean(),
        "win_rate": (net > 0).mean(),
        "profit_factor": net[net > 0].sum() / -net[net < 0].sum(),
        "information_ratio": (net - hold).mean() / (net - hold).std(ddof=1) * np.sqrt(252),
        "turnover_annual": 126.0,
        "exposure": 1.0,
    }
    for name, value in want.items():
        assert got[name] == pytest.approx(value, rel=1e-9), name


def test_undefined_figures_are_nan_and_bad_input_is_named():
    flat = performance(series(np.zeros(50)))
    assert np.isnan(flat["sharpe"])
    assert np.isnan(flat["profit_factor"])
    assert np.isnan(flat["calmar"])
    assert flat["max_drawdown"] == 0.0
    assert np.isnan(performance(series(np.full(50, 0.001)))["sharpe"])
    with pytest.raises(DataError, match="at place 3 is nan"):
        performance(series([0.0, 0.1, 0.2, np.nan]))
    with pytest.raises(DataError, match="1 periods"):
        performance(series([0.1]))


def test_nothing_is_lost_twice():
    """A loss of 310 % of the account: the wealth was -2.1 times what it was, and rose on from there."""
    got = performance(series([0.1, -3.1, 0.5, 0.2, -0.1]))
    assert got["max_drawdown"] == -1.0
    assert got["cagr"] == pytest.approx(-1.0)
    assert got["total_return"] == pytest.approx(-1.0)
    drawn = performance_intervals(series([0.1, -3.1, 0.5, 0.2, -0.1] * 20), draws=200)
    assert drawn["max_drawdown"].low == -1.0


def test_a_year_is_counted_from_the_data():
    day = 86_400 * 10**9
    weekdays = np.array([k * day for k in range(3 * 1461) if k % 7 < 5])
    assert periods_per_year(weekdays) == pytest.approx(365.25 * 5 / 7, rel=0.005)
    assert periods_per_year(np.arange(1000) * day) == pytest.approx(365.25)


@pytest.mark.parametrize("make", [stationary_blocks, circular_blocks])
def test_resamples_are_whole_and_counts_agree_with_days(make):
    blocks = make(137, 6, 300, 1)
    days = drawn_days(blocks)
    assert days.shape == (300, 137)
    counted = np.array([np.bincount(row, minlength=137) for row in days])
    assert np.array_equal(day_counts(blocks), counted)
    columns = np.random.default_rng(0).normal(size=(137, 3))
    assert drawn_sums(columns, blocks) == pytest.approx(columns[days].sum(axis=1))
    follows = (np.diff(days, axis=1) % 137 == 1).mean()
    assert follows == pytest.approx(5 / 6, abs=0.02)
    assert counted.mean(axis=0) == pytest.approx(np.ones(137), abs=0.35)


def test_sharpe_intervals_agree_with_archs_stationary_bootstrap():
    from arch.bootstrap import StationaryBootstrap

    rng = np.random.default_rng(5)
    net = 0.0005 + 0.01 * rng.standard_normal(800)
    net = 0.8 * net + 0.2 * np.roll(net, 1)
    ours = performance_intervals(series(net), draws=4000, seed=2)["sharpe"]
    theirs = StationaryBootstrap(9, net, seed=3).conf_int(
        lambda x: x.mean() / x.std(ddof=1) * np.sqrt(252), reps=4000, method="percentile"
    )
    assert [ours.low, ours.high] == pytest.approx(theirs.ravel(), abs=0.12)


def test_path_figures_are_resampled_and_seeded():
    net = 0.01 * np.random.default_rng(1).standard_normal(400)
    first, again = (performance_intervals(series(net), draws=500, seed=4) for _ in range(2))
    assert first == again
    assert first["max_drawdown"].low < first["max_drawdown"].value < 0
    assert first["max_drawdown"].high <= 0
    assert first["value_at_risk"].low < first["value_at_risk"].value < first["value_at_risk"].high


def test_the_p_value_of_no_edge_is_uniform():
    values = []
    for seed in range(200):
        net = np.random.default_rng(seed).standard_normal((250, 1))
        draws = sharpe_draws(net, stationary_blocks(250, 5, 300, seed))[:, 0]
        values.append(p_value_above(float(net.mean() / net.std(ddof=1)), draws))
    assert 0.02 <= np.mean(np.array(values) <= 0.05) <= 0.10
    assert np.mean(values) == pytest.approx(0.5, abs=0.06)
