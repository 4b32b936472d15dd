"""Factors on prices of whole cents against the same formulas in whole numbers and fractions."""

from fractions import Fraction

import numpy as np
import pytest

from tradewind.core.panel import Panel
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.factors.engine import compute
from tradewind.kernels.panel import rank_across
from tradewind.kernels.recursive import directional_moves
from tradewind.kernels.rounding import settled, settled_at
from tradewind.kernels.windows_extremes import percent_rank

BARS, LANES = 320, 4


def cents(seed=0, still=False):
    """High, low and close in whole cents (T, N) and volume; ``still`` keeps their sum the same."""
    rng = np.random.default_rng(seed)
    close = 1_000 + np.cumsum(rng.integers(-2, 3, (BARS, LANES)), axis=0)
    above, below = rng.integers(0, 3, (BARS, LANES)), rng.integers(0, 3, (BARS, LANES))
    if still:
        wide = rng.integers(1, 40, (BARS, LANES))
        return (
            np.full((BARS, LANES), 10_007) + wide,
            10_007 - wide,
            np.full((BARS, LANES), 10_007),
            wide * 100,
        )
    return close + above, close - below, close, rng.integers(1, 500, (BARS, LANES))


def panel_of(high, low, close, volume):
    columns = {"open": close, "high": high, "low": low, "close": close}
    prices = {name: column / 100 for name, column in columns.items()}
    return Panel(
        ts_event=np.arange(1, BARS + 1) * NS_PER_DAY,
        instrument_ids=tuple(f"S{k}" for k in range(LANES)),
        columns=prices | {"volume": volume.astype(float)},
    )


def test_where_nothing_flows_the_money_flow_index_is_50_and_the_channel_index_0():
    cube = compute(panel_of(*cents(still=True)), ["mfi_14", "cci_14", "cci_20"])
    assert (cube.column("mfi_14")[20:] == 50.0).all()
    assert (cube.column("cci_14")[20:] == 0.0).all()
    assert (cube.column("cci_20")[20:] == 0.0).all()


def test_money_flow_of_a_walk_in_cents_is_that_of_whole_numbers():
    checked = 0
    for seed in range(8):
        high, low, close, volume = cents(seed)
        got = compute(panel_of(high, low, close, volume), ["mfi_14"]).column("mfi_14")
        price = high + low + close  # three times the typical price, in cents
        flow, step = price * volume, np.diff(price, axis=0, prepend=price[:1])
        for t in range(14, BARS):
            up = (flow * (step > 0))[t - 13 : t + 1].sum(axis=0)
            down = (flow * (step < 0))[t - 13 : t + 1].sum(axis=0)
            for j in range(LANES):
                total = int(up[j] + down[j])
                want = float(Fraction(100 * int(up[j]), total)) if total else 50.0
                assert got[t, j] == pytest.approx(want, abs=1e-9), (seed, t, j)
                checked += 1
    assert checked > 9_000


def test_channel_index_of_a_walk_in_cents_is_that_of_fractions():
    high, low, close, volume = cents(5)
    got = compute(panel_of(high, low, close, volume), ["cci_14"]).column("cci_14")
    price = high + low + close
    for t in range(13, BARS):
        for j in range(LANES):
            window = [Fraction(int(value)) for value in price[t - 13 : t + 1, j]]
            mean = sum(window) / 14
            deviation = sum(abs(value - mean) for value in window) / 14
            want = float((window[-1] - mean) / (Fraction(15, 1000) * deviation)) if deviation else 0.0
            assert got[t, j] == pytest.approx(want, abs=1e-6)


def test_a_rise_and_a_fall_of_the_same_size_are_no_directional_move():
    ties = 0
    for seed in range(6):
        high, low, _, _ = cents(seed)
        up, down = directional_moves(high / 100, low / 100)
        a, b = np.diff(high, axis=0), -np.diff(low, axis=0)
        assert up[1:] * 100 == pytest.approx(np.where((a > b) & (a > 0), a, 0), abs=1e-9)
        assert down[1:] * 100 == pytest.approx(np.where((b > a) & (b > 0), b, 0), abs=1e-9)
        ties += int(((a == b) & (a > 0)).sum())
    assert ties > 50


def test_growth_of_the_same_percentage_in_every_bar_has_no_deviation_to_divide_by():
    close = np.cumprod(np.full((BARS, LANES), 1.0007), axis=0) * 37.0
    panel = Panel(
        ts_event=np.arange(1, BARS + 1) * NS_PER_DAY,
        instrument_ids=tuple(f"S{k}" for k in range(LANES)),
        columns=dict.fromkeys(("open", "high", "low", "close"), close) | {"volume": np.ones_like(close)},
    )
    neutral = {
        "realised_20": 0.0,
        "volatility_ratio_5_20": 1.0,
        "volatility_of_volatility_20": 0.0,
        "skew_20": 0.0,
        "kurt_20": 0.0,
        "autocorr_1_60": 0.0,
        "variance_ratio_2_60": 1.0,
        "hurst_100": 0.5,
        "cycle_power_64": 0.0,
        "cycle_period_64": 64.0,
        "stoch_rsi_14": 50.0,
    }
    cube = compute(panel, list(neutral))
    for name, want in neutral.items():
        assert cube.column(name)[-1].tolist() == [want] * LANES, name


def test_equal_up_to_rounding_is_a_tie():
    tied = np.array([[0.1 + 0.2, 0.3, 0.5]])
    assert rank_across(tied).tolist() == [[0.25, 0.25, 1.0]]
    column = np.array([[0.3], [0.1 + 0.2], [0.3]])
    assert percent_rank(column, 3)[-1, 0] == 0.5


def test_what_is_settled_keeps_what_is_not_known():
    x = np.array([[1e-15, 1e-3, np.nan]])
    scale = np.array([[100.0, 100.0, 100.0]])
    assert settled(x, scale)[0, :2].tolist() == [0.0, 1e-3]
    assert np.isnan(settled(x, scale)[0, 2])
    assert settled_at(np.array([[1e-13], [1e-11]]), 1.0).ravel().tolist() == [0.0, 1e-11]
