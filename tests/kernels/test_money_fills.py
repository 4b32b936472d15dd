"""Bar fills against closed forms: a limit has the better of open and limit, a stop the worse of the two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import MoneyError
from tradewind.kernels.fills import (
    AT_LIMIT,
    AT_OPEN,
    AT_STOP,
    CAPACITY_MAX,
    LIMIT,
    MARKET,
    NO_FILL,
    STOP,
    STOP_LIMIT,
    TRIGGERED,
    capacity_lots,
    fill_price,
    match_bar,
)

PRICE = st.integers(1, 200)


@st.composite
def bars(draw):
    low, open_, high = sorted(draw(st.tuples(PRICE, PRICE, PRICE)))
    return open_, high, low


@given(bars(), PRICE, st.sampled_from([1, -1]), st.sampled_from([0, 1, 3]))
def test_a_limit_has_the_better_of_open_and_limit(bar, limit, side, through):
    open_, high, low = bar
    outcome, price = match_bar(LIMIT, side, open_, high, low, limit, 0, through)
    at_open = open_ <= limit if side > 0 else open_ >= limit
    reached = low <= limit - through if side > 0 else high >= limit + through
    assert (outcome != NO_FILL) == (at_open or reached)
    if outcome != NO_FILL:
        assert price == (min(open_, limit) if side > 0 else max(open_, limit))
        assert outcome == (AT_OPEN if at_open else AT_LIMIT)
        assert low <= price <= high


@given(bars(), PRICE, st.sampled_from([1, -1]))
def test_a_stop_has_the_worse_of_open_and_stop(bar, stop, side):
    open_, high, low = bar
    outcome, price = match_bar(STOP, side, open_, high, low, 0, stop, 1)
    assert (outcome != NO_FILL) == (high >= stop if side > 0 else low <= stop)
    if outcome != NO_FILL:
        assert price == (max(open_, stop) if side > 0 else min(open_, stop))
        assert outcome == (AT_OPEN if price == open_ else AT_STOP)
        assert low <= price <= high


@given(bars(), PRICE, PRICE, st.sampled_from([1, -1]))
def test_a_stop_limit_never_fills_without_its_stop_nor_beyond_its_limit(bar, limit, stop, side):
    open_, high, low = bar
    outcome, price = match_bar(STOP_LIMIT, side, open_, high, low, limit, stop, 1)
    assert (outcome != NO_FILL) == (high >= stop if side > 0 else low <= stop)
    if outcome in (AT_OPEN, AT_STOP, AT_LIMIT):
        assert side * (limit - price) >= 0
        assert low <= price <= high
    else:
        assert price == 0


@pytest.mark.parametrize(
    ("limit", "stop", "expected"),
    [
        (112, 105, (AT_STOP, 105)),  # triggered inside the bar, the limit leaves room
        (104, 105, (TRIGGERED, 0)),  # whether price came back to the limit is not known
        (101, 99, (AT_OPEN, 100)),  # opened beyond the stop, within the limit
        (99, 99, (AT_LIMIT, 99)),  # opened beyond both, then traded down through the limit
        (90, 99, (TRIGGERED, 0)),
        (130, 121, (NO_FILL, 0)),
    ],
)
def test_a_stop_limit_to_buy_on_a_bar_from_95_to_120(limit, stop, expected):
    assert match_bar(STOP_LIMIT, 1, 100, 120, 95, limit, stop, 1) == expected


def test_a_market_order_fills_at_the_open():
    assert match_bar(MARKET, -1, 100, 120, 95, 0, 0, 1) == (AT_OPEN, 100)


@given(st.sampled_from([1, -1]), PRICE, st.integers(0, 300), st.integers(0, 200))
def test_slippage_only_hurts_and_never_passes_the_limit(side, reference, slip, limit):
    price = fill_price(side, reference, slip, limit, limit > 0, False)
    assert price >= 1
    if limit and side * (limit - reference) >= 0:
        assert side * (limit - price) >= 0
        assert side * (price - reference) >= 0
    if not limit:
        assert price == max(1, reference + side * slip)


@given(st.floats(0, 1e12), st.floats(0, 1), st.sampled_from([1.0, 0.01, 1e-8]))
def test_capacity_is_the_share_rounded_down(volume, share, lot):
    lots = capacity_lots(volume, share, lot)
    assert 0 <= lots <= CAPACITY_MAX
    assert lots <= volume * share / lot or lots == CAPACITY_MAX


def test_capacity_of_an_unknown_volume_is_none():
    assert capacity_lots(float("nan"), 0.1, 1.0) == 0
    assert capacity_lots(float("inf"), 0.1, 1.0) == CAPACITY_MAX


def test_a_market_with_signed_prices_is_carried_and_another_refused():
    assert fill_price(-1, -3_763, 10, 0, False, True) == -3_773
    assert fill_price(1, -5, 10, 0, True, True) == 0
    assert fill_price(-1, 1, 5, 0, False, False) == 1
    with pytest.raises(MoneyError, match="nothing or less"):
        fill_price(-1, 0, 0, 0, False, False)
