"""Integer money against Decimal: the exact grid, the one rounding step, and the edges of 64 bits."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import MoneyError
from tradewind.core.money import (
    INT64_MAX,
    cash_from_decimal,
    cash_to_decimal,
    divide_half_even,
    notional_e8,
    round_to_grid,
    to_decimal,
    to_grid_exact,
    value_ratio,
)

steps = st.sampled_from(
    [Decimal(text) for text in ("1", "0.01", "0.0001", "0.00001", "0.00000001", "5", "0.25")]
)


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**12))
def test_division_rounds_half_to_even_like_decimal(numerator: int, denominator: int) -> None:
    exact = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), ROUND_HALF_EVEN)
    if abs(numerator) < 10**15:  # Decimal's 28 digits are exact enough to decide ties here
        assert divide_half_even(numerator, denominator) == int(exact)
    assert abs(2 * (divide_half_even(numerator, denominator) * denominator - numerator)) <= denominator


@given(st.integers(1, 10**9), st.integers(-(10**8), 10**8), steps, steps)
def test_notional_equals_decimal_product_rounded_once(
    ticks: int, lots: int, tick: Decimal, lot: Decimal
) -> None:
    expected = (ticks * tick * lots * lot).scaleb(8).quantize(Decimal(1), ROUND_HALF_EVEN)
    if abs(expected) <= INT64_MAX:
        assert notional_e8(ticks, lots, value_ratio(tick, lot)) == int(expected)


def test_a_notional_beyond_64_bits_is_refused_by_name() -> None:
    with pytest.raises(MoneyError, match="product of price and quantity"):
        notional_e8(10**12, 10**12, (1, 1))


@given(st.integers(-(10**12), 10**12), steps)
def test_a_price_on_the_grid_survives_the_float_step(units: int, step: Decimal) -> None:
    assert round_to_grid(float(to_decimal(units, step)), float(step)) == units


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_float_without_a_value_becomes_money(value: float) -> None:
    with pytest.raises(MoneyError):
        round_to_grid(value, 0.01)


@given(st.integers(-INT64_MAX, INT64_MAX))
def test_cash_round_trips_through_decimal(cash: int) -> None:
    assert cash_from_decimal(cash_to_decimal(cash)) == cash


def test_amounts_off_the_grid_are_refused_with_the_amount() -> None:
    with pytest.raises(MoneyError, match=r"0\.000000001"):
        cash_from_decimal(Decimal("0.000000001"))
    with pytest.raises(MoneyError, match=r"10\.005"):
        to_grid_exact(Decimal("10.005"), Decimal("0.01"), "limit price")
    assert to_grid_exact(Decimal("10.01"), Decimal("0.01"), "limit price") == 1001
