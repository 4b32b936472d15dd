"""Costs against published fee examples, the square-root rule of thumb, and a simulated random walk."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import MoneyError
from tradewind.kernels.costs import (
    commission_e8,
    expected_round_trip_bps,
    fee_due_e8,
    impact_bps,
    range_volatility,
    schedule_fee_e8,
    slippage_ticks,
)

E8 = 10**8


@pytest.mark.parametrize(
    ("shares", "price", "expected"),
    [(100, 25, 100), (1_000, 25, 500)],
)
def test_the_per_share_examples_that_interactive_brokers_publishes(shares, price, expected):
    # Fixed pricing, US stocks: USD 0.005 a share, at least USD 1.00 an order.
    cents = commission_e8(shares * price * E8, shares, 1, 1, 0, E8 // 200, E8) * 100 // E8
    assert cents == expected


def test_a_rate_of_the_value():
    # 0.1 % of one bitcoin at 60,000 is 60.
    assert commission_e8(60_000 * E8, 100_000, 1, 100_000, 100_000, 0, 0) == 60 * E8


def test_fractional_lots_pay_by_the_unit():
    # 250 lots of 0.01 shares are 2.5 shares at half a cent.
    assert schedule_fee_e8(0, -250, 1, 100, 0, 500_000) == 1_250_000


def test_a_rebate_stays_one_and_a_minimum_counts_once_per_order():
    assert commission_e8(100 * E8, 1, 1, 1, -10_000, 0, 0) == -1_000_000
    first = fee_due_e8(20_000_000, 0, E8)
    second = fee_due_e8(70_000_000, first, E8)
    third = fee_due_e8(140_000_000, first + second, E8)
    assert (first, second, third) == (E8, 0, 40_000_000)


@given(st.integers(-(10**15), 10**15), st.integers(0, 10**6))
def test_a_rate_is_exact_to_half_a_unit(value, rate):
    fee = schedule_fee_e8(value, 1, 1, 1, rate, 0)
    assert abs(fee - Fraction(abs(value) * rate, E8)) <= Fraction(1, 2)


def test_trading_a_days_volume_costs_a_days_volatility():
    # Grinold & Kahn, Active Portfolio Management (2nd ed.), ch. 16, with a coefficient of one.
    assert impact_bps(1.0, 0.02, 1e6, 1e6) == pytest.approx(200.0)
    assert impact_bps(1.0, 0.02, 1e4, 1e6) == pytest.approx(20.0)


@given(st.floats(0.001, 0.1), st.floats(1, 1e5), st.floats(1e6, 1e9), st.integers(2, 400))
def test_impact_is_the_same_over_any_span(volatility, quantity, volume, parts):
    day = impact_bps(1.0, volatility, quantity, volume)
    bar = impact_bps(1.0, volatility / math.sqrt(parts), quantity, volume / parts)
    assert bar == pytest.approx(day)


@pytest.mark.parametrize("volume", [0.0, -1.0])
def test_no_volume_figure_means_no_impact(volume):
    assert impact_bps(1.0, 0.02, 100.0, volume) == 0.0


def test_range_volatility_recovers_the_volatility_of_a_random_walk():
    rng = np.random.default_rng(3)
    paths = np.exp(np.cumsum(rng.normal(0.0, 0.02 / math.sqrt(4_000), (400, 4_000)), axis=1))
    measured = [range_volatility(high, low) for high, low in zip(paths.max(1), paths.min(1), strict=True)]
    assert math.sqrt(np.mean(np.square(measured))) == pytest.approx(0.02, rel=0.06)
    assert range_volatility(10.0, 10.0) == 0.0
    assert range_volatility(10.0, 0.0) == 0.0


@given(st.integers(1, 10**9), st.floats(0, 300), st.floats(0, 300))
def test_slippage_rounds_against_the_trader_and_is_bounded(price, spread, impact):
    ticks = slippage_ticks(price, spread, impact, 500.0)
    exact = Fraction(price) * min(Fraction(spread) + Fraction(impact), 500) / 10_000
    assert -1e-6 <= ticks - exact < 1.0 + 1e-6
    assert ticks <= price * 500 // 10_000 + 1


@pytest.mark.parametrize(("price", "bps", "ticks"), [(10_000, 3.0, 3), (10_000, 3.1, 4), (10_000, 0.0, 0)])
def test_whole_ticks_are_not_rounded_up_by_float_noise(price, bps, ticks):
    assert slippage_ticks(price, bps, 0.0, 500.0) == ticks


@pytest.mark.parametrize("cost", [float("nan"), -1.0, float("-inf")])
def test_a_cost_that_is_no_cost_is_refused(cost):
    with pytest.raises(MoneyError, match="slippage"):
        slippage_ticks(10_000, 0.0, cost, 500.0)


def test_a_round_trip_pays_everything_twice():
    assert expected_round_trip_bps(1.0, 100_000, 2.5) == pytest.approx(27.0)


@pytest.mark.parametrize(("price", "bps", "ticks"), [(-10_000, 3.1, 4), (0, 3.0, 1), (0, 0.0, 0)])
def test_slippage_of_a_price_of_nothing_or_less(price, bps, ticks):
    assert slippage_ticks(price, bps, 0.0, 500.0) == ticks
