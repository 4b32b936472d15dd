"""Orders that hang together: one cancels the other, one waits for its parent, and brackets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.orders import (
    OPEN_STATES,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderType,
    Pending,
    Side,
    TimeInForce,
    advance_order,
)
from tradewind.core.vocabulary import Contingency
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue

OCO, OTO = Contingency.OCO, Contingency.OTO
FREE = VenueSettings(impact_coefficient=0.0, half_spread_bps=0.0, volume_share=0.1)
CALM = (100.0, 101.0, 99.0, 100.5)
LIMIT, STOP = OrderType.LIMIT, OrderType.STOP


@pytest.fixture
def venue(instruments):
    return SimulatedVenue(instruments, FREE)


def short(reports):
    """Reports in short: fills with lots and price, replacements with quantity and filled, ends by name."""
    told = []
    for report in reports:
        match report:
            case OrderFilled():
                told.append((report.client_order_id, report.quantity_lots, report.price_ticks))
            case OrderReplaced():
                told.append(("replaced", report.client_order_id, report.quantity_lots, report.filled_lots))
            case OrderCanceled() | OrderExpired() | OrderRejected():
                told.append((type(report).__name__, report.client_order_id))
    return told


def entry(make_order, name="entry", **changes):
    return make_order(name, **({"order_type": LIMIT, "limit_price_ticks": 9_800} | changes))


def legs(make_order, **changes):
    """Stop at 96 and target at 110 of the entry's position, as a bracket."""
    exits = {"side": Side.SELL, "reduce_only": True, "contingency": OTO, "parent_id": "entry"} | changes
    return (
        make_order("stop", order_type=STOP, stop_price_ticks=9_600, group_id="g", **exits),
        make_order("target", order_type=LIMIT, limit_price_ticks=11_000, group_id="g", **exits),
    )


def send(venue, *orders):
    for order in orders:
        (report,) = venue.submit(order)
        assert not isinstance(report, OrderRejected), report.reason


def test_the_first_fill_cancels_the_other(venue, make_order, make_bar):
    one = make_order("one", order_type=LIMIT, limit_price_ticks=9_000, contingency=OCO, group_id="g")
    two = make_order("two", order_type=STOP, stop_price_ticks=11_000, contingency=OCO, group_id="g")
    send(venue, one, two)
    reports = venue.on_market(make_bar(2, (100.0, 111.0, 100.0, 110.0)))
    assert short(reports) == [("two", 100, 11_000), ("OrderCanceled", "one")]
    assert "two of its group was filled" in reports[-1].reason


def test_both_levels_in_one_bar_give_one_position(venue, make_order, make_bar):
    one = make_order("one", order_type=LIMIT, limit_price_ticks=9_000, contingency=OCO, group_id="g")
    two = make_order("two", order_type=STOP, stop_price_ticks=11_000, contingency=OCO, group_id="g")
    send(venue, one, two)
    reports = venue.on_market(make_bar(2, (100.0, 111.0, 80.0, 100.0)))
    assert short(reports) == [("two", 100, 11_000), ("OrderCanceled", "one")]


def test_a_partial_fill_takes_as_many_lots_off_the_other(venue, make_order, make_bar):
    one = make_order("one", order_type=LIMIT, limit_price_ticks=9_000, contingency=OCO, group_id="g")
    two = make_order("two", order_type=LIMIT, limit_price_ticks=9_500, contingency=OCO, group_id="g")
    send(venue, one, two)
    reports = venue.on_market(make_bar(2, (100.0, 100.0, 94.0, 95.0), volume=600.0))
    assert short(reports) == [("two", 60, 9_500), ("replaced", "one", 40, 0)]
    reports = venue.on_market(make_bar(3, (94.0, 94.0, 80.0, 90.0), volume=250.0))
    # Both may have 40 lots more; the older one (at the open, in turn) does not fill, the newer takes 25.
    assert short(reports) == [("two", 25, 9_400), ("replaced", "one", 15, 0)]


def test_another_strategys_orders_of_the_same_group_name_are_left_alone(venue, make_order, make_bar):
    both = {"contingency": OCO, "group_id": "g"}
    send(venue, make_order("mine", **both), make_order("theirs", strategy="other", order_type=STOP,
                                                       stop_price_ticks=20_000, **both))  # fmt: skip
    assert short(venue.on_market(make_bar(2, CALM))) == [("mine", 100, 10_000)]


def test_children_rest_inactive_until_the_entry_fills(venue, make_order, make_bar):
    send(venue, entry(make_order), *legs(make_order))
    # 111 is beyond the target, and 98 was not traded through: nothing happens.
    assert short(venue.on_market(make_bar(2, (100.0, 111.0, 99.0, 105.0)))) == []
    assert short(venue.on_market(make_bar(3, (99.0, 99.0, 97.0, 98.0)))) == [("entry", 100, 9_800)]
    reports = venue.on_market(make_bar(4, (105.0, 112.0, 104.0, 110.0)))
    assert short(reports) == [("target", 100, 11_000), ("OrderCanceled", "stop")]


def test_entry_and_stop_in_one_bar(venue, make_order, make_bar):
    send(venue, entry(make_order), *legs(make_order))
    reports = venue.on_market(make_bar(2, (100.0, 101.0, 95.0, 96.0)))
    assert short(reports) == [
        ("entry", 100, 9_800), ("stop", 100, 9_600), ("OrderCanceled", "target")]  # fmt: skip


def test_a_short_entry_by_another_way_is_not_stopped_by_waiting_orders(venue, make_order, make_bar):
    """The children of an entry that never fills do nothing to a position that is there already."""
    send(venue, make_order("held"))
    venue.on_market(make_bar(2, CALM))
    send(venue, entry(make_order), *legs(make_order))
    assert short(venue.on_market(make_bar(3, (100.0, 111.0, 99.0, 100.0)))) == []


def test_canceling_or_expiring_the_entry_takes_its_children_along(venue, make_order, make_bar):
    send(venue, entry(make_order), *legs(make_order))
    assert [i for _, i in short(venue.cancel("entry"))] == ["entry", "stop", "target"]
    day = entry(make_order, "day", time_in_force=TimeInForce.DAY)
    send(venue, day, *[_renamed(leg, "day") for leg in legs(make_order)])
    ends = short(venue.on_market(make_bar(2, CALM)))
    assert ends == [("OrderExpired", "day"), ("OrderCanceled", "day-stop"), ("OrderCanceled", "day-target")]


def _renamed(order, parent):
    fields = {name: getattr(order, name) for name in order.__struct_fields__}
    fields |= {"client_order_id": f"{parent}-{order.client_order_id}", "parent_id": parent}
    return type(order)(**fields)


def test_a_partly_filled_entry_leaves_its_children_for_what_was_filled(venue, make_order, make_bar):
    send(venue, entry(make_order), *legs(make_order))
    assert short(venue.on_market(make_bar(2, (98.0, 98.5, 97.5, 98.0), volume=300.0))) == [
        ("entry", 30, 9_800)
    ]
    assert short(venue.cancel("entry")) == [
        ("OrderCanceled", "entry"),
        ("replaced", "stop", 30, 0),
        ("replaced", "target", 30, 0),
    ]
    assert short(venue.on_market(make_bar(3, (97.0, 97.0, 95.0, 96.0)))) == [
        ("stop", 30, 9_600),
        ("OrderCanceled", "target"),
    ]


def test_a_child_that_opens_waits_for_the_whole_parent(venue, make_order, make_bar):
    child = make_order(
        "hedge", instrument_id="EUR/USD.SIM", side=Side.SELL, contingency=OTO, parent_id="entry"
    )
    send(venue, entry(make_order), child)
    pair = (1.1, 1.2, 1.0, 1.1)
    venue.on_market(make_bar(2, (98.0, 98.5, 97.5, 98.0), volume=300.0))
    assert short(venue.on_market(make_bar(2.5, pair, instrument_id="EUR/USD.SIM"))) == []
    venue.on_market(make_bar(3, (98.0, 98.5, 97.5, 98.0)))
    assert short(venue.on_market(make_bar(4, pair, instrument_id="EUR/USD.SIM"))) == [("hedge", 100, 110_000)]


def test_a_child_of_nobody_is_rejected_and_one_of_a_filled_parent_is_live(venue, make_order, make_bar):
    stop, target = legs(make_order)
    (report,) = venue.submit(stop)
    assert "its parent entry is not on the book" in report.reason
    send(venue, make_order("entry"))
    venue.on_market(make_bar(2, CALM))
    send(venue, target)
    assert short(venue.on_market(make_bar(3, (105.0, 112.0, 104.0, 110.0)))) == [("target", 100, 11_000)]


PRICE = st.integers(9_000, 11_000)


@st.composite
def bars(draw):
    low, first, second, high = sorted(draw(st.tuples(PRICE, PRICE, PRICE, PRICE)))
    return first, high, low, second, draw(st.integers(0, 2_000))


@settings(max_examples=150, deadline=None)
@given(st.lists(bars(), max_size=12), st.integers(1, 300), st.data())
def test_a_bracket_never_sells_more_than_its_entry_bought(
    instruments, make_order, make_bar, path, lots, data
):
    venue = SimulatedVenue(instruments, FREE)
    orders = (entry(make_order, quantity_lots=lots), *legs(make_order, quantity_lots=lots))
    states = {order.client_order_id: Pending(order=order) for order in orders}
    cut = data.draw(st.integers(0, len(path)), label="cancel the entry before")

    def hear(reports):
        for report in reports:
            states[report.client_order_id] = advance_order(states[report.client_order_id], report)

    for order in orders:
        hear(venue.submit(order))
    for number, (open_, high, low, close, volume) in enumerate(path):
        if number == cut:
            hear(venue.cancel("entry"))
        prices = tuple(price / 100.0 for price in (open_, high, low, close))
        hear(venue.on_market(make_bar(number + 2, prices, volume=float(volume))))
        bought = states["entry"].filled_lots
        sold = states["stop"].filled_lots + states["target"].filled_lots
        held = sum(venue.positions().values())
        assert held == bought - sold >= 0
        leaves = [states[name] for name in ("stop", "target") if isinstance(states[name], OPEN_STATES)]
        if held and not isinstance(states["entry"], OPEN_STATES):
            # What is held stays protected whole, on both sides.
            assert [state.remaining_lots for state in leaves] == [held, held]
        resting = venue._book.orders("AAPL.SIM")
        for state in states.values():
            if isinstance(state, OPEN_STATES):
                assert resting[state.order.client_order_id].remaining_lots == state.remaining_lots
