"""Average-cost accounting against exact fractions and a textbook ledger."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import MoneyError
from tradewind.core.money import INT64_MAX, divide_half_even, notional_e8
from tradewind.kernels.accounts import apply_fill, unrealized_e8
from tradewind.kernels.integers import checked_product, checked_sum, multiply_divide, value_e8

LOTS = st.integers(-(10**9), 10**9)
FILLS = st.lists(st.tuples(LOTS.filter(bool), st.integers(1, 10**7)), min_size=1, max_size=30)


def exact_ledger(fills: list[tuple[int, int]]) -> tuple[int, Fraction, Fraction]:
    """The same accounting done on prices with exact fractions, lot by lot in principle."""
    quantity, price, realized = 0, Fraction(0), Fraction(0)
    for lots, fill_price in fills:
        if quantity * lots >= 0:
            total = quantity + lots
            price = (price * abs(quantity) + Fraction(fill_price) * abs(lots)) / abs(total)
            quantity = total
            continue
        closed = min(abs(lots), abs(quantity))
        realized += closed * (fill_price - price) * (1 if quantity > 0 else -1)
        before = quantity
        quantity += lots
        if quantity * before < 0:
            price = Fraction(fill_price)
    return quantity, price * quantity, realized


def test_a_textbook_ledger():
    # Buy 100 at 10 and 100 at 12: 200 at an average of 11. Sell 150 at 15: profit 600, 50 left at 11.
    state = apply_fill(0, 0, 100, 100_000)
    assert state == (100, 100_000, 0)
    state = apply_fill(100, 100_000, 100, 120_000)
    assert state == (200, 220_000, 0)
    assert apply_fill(200, 220_000, -150, -225_000) == (50, 55_000, 60_000)


def test_crossing_zero_closes_and_opens_at_the_fill_price():
    # Long 10 at 100; sell 15 at 120: profit 200, short 5 at 120.
    assert apply_fill(10, 1_000, -15, -1_800) == (-5, -600, 200)
    # Short 10 at 100; buy 15 at 80: profit 200, long 5 at 80.
    assert apply_fill(-10, -1_000, 15, 1_200) == (5, 400, 200)


@given(FILLS)
def test_cost_and_profit_balance_to_the_last_unit(fills):
    quantity = cost = cash = realized_total = 0
    for lots, price in fills:
        value = lots * price
        before = cost
        quantity, cost, realized = apply_fill(quantity, cost, lots, value)
        assert cost == before + value + realized
        cash -= value
        realized_total += realized
        assert cash + cost == realized_total
        assert quantity != 0 or cost == 0
    exact_quantity, exact_cost, exact_realized = exact_ledger(fills)
    assert quantity == exact_quantity
    # Each fill rounds once, by at most half a unit, and later fills carry that on undiminished at most.
    assert abs(cost - exact_cost) <= len(fills)
    assert abs(realized_total - exact_realized) <= len(fills)


@given(FILLS, st.integers(1, 10**7))
def test_equity_does_not_depend_on_how_profit_is_split(fills, mark):
    quantity = cost = cash = realized_total = 0
    for lots, price in fills:
        quantity, cost, realized = apply_fill(quantity, cost, lots, lots * price)
        cash -= lots * price
        realized_total += realized
    assert cash + quantity * mark == realized_total + unrealized_e8(cost, quantity * mark)


@given(st.lists(st.tuples(LOTS.filter(bool), st.integers(1, 10**12)), min_size=1, max_size=30))
def test_values_that_do_not_divide_by_lots_balance_too(fills):
    """Values as they come from tiny lots, rounded to 1e-8: any whole number of the fill's sign."""
    quantity = cost = 0
    for lots, size in fills:
        value = size if lots > 0 else -size
        held, before = quantity, cost
        quantity, cost, realized = apply_fill(quantity, cost, lots, value)
        assert cost == before + value + realized
        if held * quantity < 0:
            assert cost == value - round(Fraction(value * abs(held), abs(lots)))
        elif held and held * lots < 0:
            assert cost == before - round(Fraction(before * abs(lots), abs(held)))


def test_a_fill_of_nothing_is_refused():
    with pytest.raises(MoneyError, match="0 lots"):
        apply_fill(10, 100, 0, 0)


INT64 = st.integers(-INT64_MAX, INT64_MAX) | st.integers(0, 62).map(lambda power: 2**power)
DIVISORS = st.integers(1, 2**62) | st.integers(0, 62).map(lambda power: 2**power)


@given(INT64, INT64)
def test_checked_sum_and_product_refuse_exactly_what_does_not_fit(left, right):
    for function, exact in ((checked_sum, left + right), (checked_product, left * right)):
        if abs(exact) <= INT64_MAX:
            assert function(left, right) == exact
        else:
            with pytest.raises(MoneyError):
                function(left, right)


@given(INT64, INT64, DIVISORS)
def test_multiply_divide_is_exact_however_wide_the_product(value, multiplier, divisor):
    exact = divide_half_even(value * multiplier, divisor)
    assert exact == round(Fraction(value * multiplier, divisor))
    if abs(exact) <= INT64_MAX:
        assert multiply_divide(value, multiplier, divisor) == exact
    else:
        with pytest.raises(MoneyError):
            multiply_divide(value, multiplier, divisor)


@pytest.mark.parametrize(
    ("value", "divisor", "expected"),
    [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (2**61, 2**62, 0), (3 * 2**60, 2**61, 2)],
)
def test_ties_go_to_the_even_neighbour(value, divisor, expected):
    assert multiply_divide(value, 1, divisor) == expected


@pytest.mark.parametrize("divisor", [0, -1, 2**62 + 1])
def test_divisors_out_of_range_are_refused(divisor):
    with pytest.raises(MoneyError, match="divisor"):
        multiply_divide(10, 1, divisor)


@given(st.integers(0, 10**9), LOTS, st.sampled_from([(1_000_000, 1), (10, 1), (1, 100), (3, 7)]))
def test_value_is_the_one_of_core(price, lots, ratio):
    try:
        expected = notional_e8(price, lots, ratio)
    except MoneyError:
        with pytest.raises(MoneyError):
            value_e8(price, lots, *ratio)
    else:
        assert value_e8(price, lots, *ratio) == expected
