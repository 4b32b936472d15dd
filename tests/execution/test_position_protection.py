"""Stops and targets, at the venue and watched in the loop: the two must leave at the same bar."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.book import PositionKey
from tradewind.core.errors import ConfigError, OrderError
from tradewind.core.orders import OrderFilled, OrderType, Side
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.execution.protection import ProtectionRules, protect, watch_bar
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue

ENTRY = 10_000


def open_position(make_order, rules, *, native, lots=100, **more):
    return protect(make_order("entry"), lots, ENTRY, NS_PER_DAY, rules, tick_size=0.01, native=native, **more)


def test_native_levels_rest_at_the_venue(make_order):
    rules = ProtectionRules(stop_pct=2.0, target_pct=5.0)
    protection, (stop, target) = open_position(make_order, rules, native=True)
    assert (stop.order.order_type, stop.order.stop_price_ticks) == (OrderType.STOP, 9_800)
    assert (target.order.order_type, target.order.limit_price_ticks) == (OrderType.LIMIT, 10_500)
    for event in (stop, target):
        assert event.order.reduce_only
        assert (event.order.side, event.order.quantity_lots) == (Side.SELL, 100)
    assert (protection.stop_id, protection.target_id) == ("d-1.p-0", "d-1.p-1")


def test_a_short_is_protected_on_its_other_side(make_order):
    rules = ProtectionRules(stop_pct=2.0, target_pct=5.0)
    protection, events = open_position(make_order, rules, native=True, lots=-100)
    assert (protection.stop_ticks, protection.target_ticks) == (10_200, 9_500)
    assert {event.order.side for event in events} == {Side.BUY}


def test_of_several_stops_the_nearest_counts(make_order):
    rules = ProtectionRules(stop_pct=2.0, atr_stop=3.0, trail_pct=1.5)
    protection, events = open_position(make_order, rules, native=False, average_true_range=0.4)
    assert protection.stop_ticks == ENTRY - 120
    assert events == ()


def test_a_trailing_stop_is_replaced_when_its_level_moves(make_order):
    protection, _ = open_position(make_order, ProtectionRules(trail_pct=2.0), native=True)
    protection, events = watch_bar(protection, 10_000, 10_100, 9_900, 2 * NS_PER_DAY)
    cancel, stop = events
    assert cancel.client_order_id == "d-1.p-0"
    assert (stop.order.client_order_id, stop.order.stop_price_ticks) == ("d-1.p-1", 9_900)
    protection, events = watch_bar(protection, 10_000, 10_050, 9_950, 3 * NS_PER_DAY)
    assert (events, protection.stop_ticks) == ((), 9_900)


def test_the_bar_that_lifts_the_stop_is_not_held_against_the_lifted_stop(make_order):
    protection, _ = open_position(make_order, ProtectionRules(trail_pct=2.0), native=False)
    protection, events = watch_bar(protection, 10_000, 11_000, 9_900, 2 * NS_PER_DAY)
    assert (events, protection.stop_ticks) == ((), 10_800)
    gone, (leave,) = watch_bar(protection, 10_900, 10_950, 10_790, 3 * NS_PER_DAY)
    assert gone is None
    assert (leave.order.order_type, leave.order.reduce_only) == (OrderType.MARKET, True)


@pytest.mark.parametrize("native", [True, False])
def test_a_time_stop_leaves_at_the_market_and_takes_its_orders_along(make_order, native):
    rules = ProtectionRules(stop_pct=2.0, most_ns=2 * NS_PER_DAY)
    protection, _ = open_position(make_order, rules, native=native)
    protection, events = watch_bar(protection, 10_000, 10_010, 9_990, 2 * NS_PER_DAY)
    assert events == ()
    gone, events = watch_bar(protection, 10_000, 10_010, 9_990, 3 * NS_PER_DAY)
    assert gone is None
    assert len(events) == (2 if native else 1)
    assert events[-1].order.order_type is OrderType.MARKET


PATHS = st.lists(st.tuples(st.integers(9_000, 11_000), *[st.integers(0, 300)] * 2), min_size=1, max_size=15)


@settings(max_examples=150, deadline=None)
@given(PATHS, st.sampled_from([1, -1]), st.booleans())
def test_venue_and_loop_leave_on_the_same_bar(instruments, make_order, make_bar, path, side, trails):
    rules = ProtectionRules(stop_pct=3.0, target_pct=4.0, trail_pct=2.5 if trails else 0.0)
    free = VenueSettings(volume_share=0.0, half_spread_bps=0.0, impact_coefficient=0.0, through_ticks=0)
    venue = SimulatedVenue(instruments, free, positions={PositionKey("main", "test", "AAPL.SIM"): side * 100})
    resting, events = open_position(make_order, rules, native=True, lots=side * 100)
    watched, _ = open_position(make_order, rules, native=False, lots=side * 100)
    for event in events:
        venue.submit(event.order)
    for number, (open_, up, down) in enumerate(path):
        bar = (open_, open_ + up, open_ - down)
        ts = (number + 2) * NS_PER_DAY
        prices = tuple(price / 100.0 for price in (*bar, open_))
        reports = venue.on_market(make_bar(number + 2, prices))
        watched, _ = watch_bar(watched, *bar, ts)
        assert (watched is None) == any(isinstance(report, OrderFilled) for report in reports)
        if watched is None:
            break
        resting, events = watch_bar(resting, *bar, ts)
        if events:
            cancel, stop = events
            venue.cancel(cancel.client_order_id)
            venue.submit(stop.order)
        assert (resting.stop_ticks, resting.target_ticks) == (watched.stop_ticks, watched.target_ticks)


@pytest.mark.parametrize("average", [0.0, math.nan, -1.0])
def test_a_stop_by_ranges_needs_a_range(make_order, average):
    with pytest.raises(OrderError, match="average true range"):
        open_position(make_order, ProtectionRules(atr_stop=2.0), native=False, average_true_range=average)


def test_nothing_held_is_nothing_to_protect(make_order):
    with pytest.raises(OrderError, match="no position"):
        open_position(make_order, ProtectionRules(stop_pct=1.0), native=False, lots=0)


def test_negative_rules_are_refused_by_name():
    with pytest.raises(ConfigError, match="trail_pct"):
        ProtectionRules(trail_pct=-1.0)
