"""What holds of every stream of orders and bars, and of every crash in the middle of one."""

import math
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.errors import ReplayDivergedError
from tradewind.core.market import Bar
from tradewind.core.orders import (
    OPEN_STATES,
    BrokerReport,
    Order,
    OrderFilled,
    OrderType,
    Pending,
    Side,
    TimeInForce,
    advance_order,
)
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue
from tradewind.kernels.accounts import apply_fill

SHARE = 0.1
MOST_BPS = 300.0
SETTINGS = VenueSettings(volume_share=SHARE, most_slippage_bps=MOST_BPS, reject_rate=0.1)
SYMBOLS = ("AAPL.SIM", "BTC/USDT.SIM")
PRICES = st.integers(9_000, 11_000)


@st.composite
def bar_steps(draw):
    low, first, second, high = sorted(draw(st.tuples(PRICES, PRICES, PRICES, PRICES)))
    open_, close = draw(st.permutations([first, second]))
    return draw(st.sampled_from(SYMBOLS)), open_, high, low, close, draw(st.integers(0, 3_000))


ORDER_STEPS = st.fixed_dictionaries(
    {
        "instrument_id": st.sampled_from(SYMBOLS),
        "side": st.sampled_from(Side),
        "quantity_lots": st.integers(1, 400),
        "order_type": st.sampled_from(OrderType),
        "limit_price_ticks": PRICES,
        "stop_price_ticks": PRICES,
        "time_in_force": st.sampled_from(TimeInForce),
        "reduce_only": st.booleans(),
    }
)
STREAMS = st.lists(st.one_of(bar_steps(), bar_steps(), ORDER_STEPS, st.integers(0, 20)), max_size=60)


def events_of(stream):
    """The journal of a loop that takes the steps in turn: market data, orders, cancels."""
    ts, count = NS_PER_DAY, 0
    for step in stream:
        if isinstance(step, tuple):
            instrument_id, *prices, volume = step
            ts += NS_PER_DAY
            open_, high, low, close = (price / 100.0 for price in prices)
            scale = 1.0 if instrument_id == "AAPL.SIM" else 1e-8
            yield Bar(
                ts_event=ts,
                instrument_id=instrument_id,
                open=open_,
                high=high,
                low=low,
                close=close,
                volume=volume * scale,
            )
        elif isinstance(step, dict):
            kind = step["order_type"]
            wanted = dict(step)
            if kind not in (OrderType.LIMIT, OrderType.STOP_LIMIT):
                wanted["limit_price_ticks"] = None
            if kind not in (OrderType.STOP, OrderType.STOP_LIMIT):
                wanted["stop_price_ticks"] = None
            order = Order(
                client_order_id=f"o-{count}", decision_id="d", strategy="s", ts_decided=ts, **wanted
            )
            count += 1
            yield OrderRequested(ts_event=ts, order=order)
        else:
            yield CancelRequested(ts_event=ts, client_order_id=f"o-{step}", instrument_id="", reason="")


def act(venue, event):
    if isinstance(event, OrderRequested):
        return list(venue.submit(event.order))
    if isinstance(event, CancelRequested):
        return list(venue.cancel(event.client_order_id))
    return list(venue.on_market(event))


def check_bar(bar, fills, orders, positions):
    """Price, size and time of the fills of one bar, each against the order and the bar."""
    tick = 100.0
    high, low = round(bar.high * tick), round(bar.low * tick)
    lots_traded = 0
    for fill in fills:
        order = orders[fill.client_order_id]
        assert fill.ts_event == bar.ts_event > order.ts_decided
        assert fill.instrument_id == order.instrument_id == bar.instrument_id
        slack = math.ceil(high * MOST_BPS / 10_000)
        assert low - slack <= fill.price_ticks <= high + slack
        if order.limit_price_ticks is not None:
            assert order.side.sign * (order.limit_price_ticks - fill.price_ticks) >= 0
        if order.time_in_force is TimeInForce.FOK:
            assert fill.quantity_lots == order.quantity_lots
        before = positions[fill.instrument_id]
        after = before + order.side.sign * fill.quantity_lots
        if order.reduce_only or (order.side is Side.SELL and fill.instrument_id == "BTC/USDT.SIM"):
            assert abs(after) < abs(before)
            assert after * before >= 0
        positions[fill.instrument_id] = after
        lots_traded += fill.quantity_lots
    lot = 1.0 if bar.instrument_id == "AAPL.SIM" else 1e-8
    assert lots_traded <= bar.volume * SHARE / lot * (1 + 1e-12)


@settings(max_examples=200, deadline=None)
@given(STREAMS)
def test_every_fill_is_possible_and_nothing_is_lost(instruments, stream):
    venue = SimulatedVenue(instruments, SETTINGS, seed=5)
    orders, states = {}, {}
    positions = dict.fromkeys(SYMBOLS, 0)
    for event in events_of(stream):
        if isinstance(event, OrderRequested):
            orders[event.order.client_order_id] = event.order
            states[event.order.client_order_id] = Pending(order=event.order)
        reports = act(venue, event)
        for report in reports:
            # Raises where the venue reports what cannot follow, such as more lots than were ordered.
            states[report.client_order_id] = advance_order(states[report.client_order_id], report)
        fills = [report for report in reports if isinstance(report, OrderFilled)]
        if isinstance(event, Bar):
            check_bar(event, fills, orders, positions)
        else:
            assert not fills
    assert {key.instrument_id: lots for key, lots in venue.positions().items()} == {
        instrument_id: lots for instrument_id, lots in positions.items() if lots
    }
    resting = {i for i, state in states.items() if isinstance(state, OPEN_STATES)}
    left = {report.client_order_id for i in states for report in venue.cancel(i)}
    assert left == resting


@settings(max_examples=100, deadline=None)
@given(STREAMS)
def test_cash_and_positions_balance_against_exact_fractions(instruments, stream):
    venue = SimulatedVenue(instruments, SETTINGS, seed=5)
    cash = commission = realized_e8 = 0
    exact_cash = exact_fees = Fraction(0)
    holdings = dict.fromkeys(SYMBOLS, (0, 0))
    filled, count = {}, 0
    for event in events_of(stream):
        for report in act(venue, event):
            if not isinstance(report, OrderFilled):
                continue
            count += 1
            instrument = instruments[report.instrument_id]
            signed = report.side.sign * report.quantity_lots
            exact_value = Fraction(instrument.tick) * report.price_ticks * Fraction(instrument.lot) * signed
            exact_cash -= exact_value * 10**8
            fees = instrument.fee_schedule
            # Half the fills may have paid the maker's rate: bounded from both sides.
            by_unit = abs(signed) * Fraction(instrument.lot) * fees.per_unit_e8
            lowest = abs(exact_value) * fees.maker_rate_e8 + by_unit
            highest = abs(exact_value) * fees.taker_rate_e8 + by_unit
            exact_fees += lowest
            first = report.client_order_id not in filled
            filled[report.client_order_id] = filled.get(report.client_order_id, 0) + report.quantity_lots
            assert report.commission_e8 <= highest + (fees.minimum_e8 if first else 0) + 1
            commission += report.commission_e8
            numerator, denominator = instrument.ratio
            value = round(Fraction(report.price_ticks * signed * numerator, denominator))
            cash -= value
            quantity, cost, realized = apply_fill(*holdings[report.instrument_id], signed, value)
            holdings[report.instrument_id] = quantity, cost
            realized_e8 += realized
    assert cash + sum(cost for _, cost in holdings.values()) == realized_e8
    assert abs(cash - exact_cash) <= count
    assert commission >= exact_fees - count
    assert {instrument_id: lots for instrument_id, (lots, _) in holdings.items() if lots} == {
        key.instrument_id: lots for key, lots in venue.positions().items()
    }


class Loop:
    """A loop in miniature: journals what comes, tells the venue, and reacts to every third fill or so.

    With ``reports_first`` it writes what a bar did before the bar itself, as the engine does; without, after.
    """

    def __init__(self, instruments, *, reports_first):
        self.venue = SimulatedVenue(instruments, SETTINGS, seed=5)
        self.records = []
        self.settled = [0]
        self.reports_first = reports_first

    def run(self, events):
        for event in events:
            if isinstance(event, Bar):
                reports = act(self.venue, event)
                if not self.reports_first:
                    self.records.append(event)
                waiting = [late for report in reports for late in self.hear(report)]
                if self.reports_first:
                    self.records.append(event)
            else:
                self.records.append(event)
                waiting = act(self.venue, event)
            while waiting:
                waiting += self.hear(waiting.pop(0))
            self.settled.append(len(self.records))

    def hear(self, report):
        self.records.append(report)
        if not isinstance(report, OrderFilled):
            return []
        reply = reaction_to(report)
        if reply is None:
            return []
        self.records.append(reply)
        return act(self.venue, reply)


def reaction_to(report):
    number = report.quantity_lots % 3
    ts = report.ts_event
    if number == 0:
        return CancelRequested(
            ts_event=ts, client_order_id=report.client_order_id, instrument_id=report.instrument_id, reason=""
        )
    if number == 1:
        stop = Order(
            client_order_id=f"stop-{report.trade_id}",
            decision_id="d",
            strategy="s",
            instrument_id=report.instrument_id,
            side=Side.SELL if report.side is Side.BUY else Side.BUY,
            quantity_lots=report.quantity_lots,
            order_type=OrderType.STOP,
            stop_price_ticks=report.price_ticks - 50 * report.side.sign,
            reduce_only=True,
            ts_decided=ts,
        )
        return OrderRequested(ts_event=ts, order=stop)
    return None


@settings(max_examples=200, deadline=None)
@given(STREAMS, st.booleans(), st.data())
def test_a_crash_between_steps_leaves_no_trace(instruments, stream, reports_first, data):
    events = list(events_of(stream))
    whole = Loop(instruments, reports_first=reports_first)
    whole.run(events)
    step = data.draw(st.integers(0, len(events)), label="steps before the crash")
    after = Loop(instruments, reports_first=reports_first)
    after.records = whole.records[: whole.settled[step]]
    after.venue.rebuild(after.records)
    assert after.venue.reconcile(0) == ()
    after.run(events[step:])
    assert after.records == whole.records
    assert after.venue.snapshot() == whole.venue.snapshot()


@settings(max_examples=150, deadline=None)
@given(STREAMS, st.data())
def test_what_the_journal_missed_is_heard_once_after_a_crash_anywhere(instruments, stream, data):
    records = []
    whole = SimulatedVenue(instruments, SETTINGS, seed=5)
    for event in events_of(stream):
        records += [event, *act(whole, event)]
    cut = data.draw(st.integers(0, len(records)), label="records on disk")
    venue = SimulatedVenue(instruments, SETTINGS, seed=5)
    venue.rebuild(records[:cut])
    lost = list(venue.reconcile(0))
    rest = records[cut:]
    assert lost == rest[: len(lost)]
    assert venue.reconcile(0) == ()
    again = list(lost)
    for event in rest[len(lost) :]:
        if not isinstance(event, BrokerReport):
            again += [event, *act(venue, event)]
    assert again == rest
    assert venue.snapshot() == whole.snapshot()


@settings(max_examples=100, deadline=None)
@given(STREAMS, st.data())
def test_snapshot_and_tail_equal_full_replay(instruments, stream, data):
    events = list(events_of(stream))
    cut = data.draw(st.integers(0, len(events)), label="snapshot after")
    first = SimulatedVenue(instruments, SETTINGS, seed=5)
    for event in events[:cut]:
        act(first, event)
    second = SimulatedVenue(instruments, SETTINGS, seed=5)
    second.restore(first.snapshot())
    assert second.snapshot() == first.snapshot()
    assert [act(second, event) for event in events[cut:]] == [act(first, event) for event in events[cut:]]
    assert second.snapshot() == first.snapshot()


def recorded_day(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, SETTINGS)
    records = []
    bars = [make_bar(day, (100.0, 101.0, 99.0, 100.0)) for day in (2, 3)]
    for event in (OrderRequested(ts_event=NS_PER_DAY, order=make_order()), *bars):
        records += [event, *act(venue, event)]
    assert len(records) == 5
    return records


@pytest.mark.parametrize("changed", [{"half_spread_bps": 9.0}, {"volume_share": 1e-9}, {"reject_rate": 1.0}])
def test_a_venue_with_other_settings_is_found_out(instruments, make_order, make_bar, changed):
    records = recorded_day(instruments, make_order, make_bar)
    SimulatedVenue(instruments, SETTINGS).rebuild(records)
    other = SimulatedVenue(instruments, msgspec.structs.replace(SETTINGS, **changed))
    with pytest.raises(ReplayDivergedError, match="differs from record"):
        other.rebuild(records)


def test_a_report_that_vanished_from_the_journal_is_found_out(instruments, make_order, make_bar):
    records = recorded_day(instruments, make_order, make_bar)
    without = [record for record in records if not isinstance(record, OrderFilled)]
    with pytest.raises(ReplayDivergedError, match="does not have it") as caught:
        SimulatedVenue(instruments, SETTINGS).rebuild(without)
    assert caught.value.seq == 4


def test_a_new_venue_has_nothing_to_reconcile(instruments):
    assert SimulatedVenue(instruments).reconcile(0) == ()


ONE_ORDER = st.tuples(
    st.sampled_from([OrderType.LIMIT, OrderType.STOP, OrderType.MARKET]),
    st.sampled_from(Side),
    PRICES,
    st.lists(bar_steps(), min_size=1, max_size=8),
)


@settings(max_examples=200, deadline=None)
@given(ONE_ORDER)
def test_one_order_without_costs_fills_where_the_textbook_says(instruments, case):
    """Independent rules: the first bar that reaches the level, at the better or worse of open and level."""
    kind, side, level, steps = case
    free = VenueSettings(volume_share=0.0, half_spread_bps=0.0, impact_coefficient=0.0, through_ticks=0)
    venue = SimulatedVenue(instruments, free)
    order = Order(
        client_order_id="o",
        decision_id="d",
        strategy="s",
        instrument_id="AAPL.SIM",
        side=side,
        quantity_lots=10,
        order_type=kind,
        limit_price_ticks=level if kind is OrderType.LIMIT else None,
        stop_price_ticks=level if kind is OrderType.STOP else None,
        ts_decided=NS_PER_DAY,
    )
    venue.submit(order)
    got = []
    bars = [("AAPL.SIM", *step[1:]) for step in steps]
    for bar in events_of(bars):
        got += [(report.ts_event, report.price_ticks) for report in venue.on_market(bar)]
    expected = []
    buys = side is Side.BUY
    for number, (_, open_, high, low, _, _) in enumerate(bars):
        if kind is OrderType.MARKET:
            price = open_
        elif kind is OrderType.LIMIT and (low <= level if buys else high >= level):
            price = min(open_, level) if buys else max(open_, level)
        elif kind is OrderType.STOP and (high >= level if buys else low <= level):
            price = max(open_, level) if buys else min(open_, level)
        else:
            continue
        expected = [((number + 2) * NS_PER_DAY, price)]
        break
    assert got == expected


@pytest.mark.parametrize("instrument_id", SYMBOLS)
def test_a_quiet_symbol_costs_one_look_up(instruments, instrument_id):
    """Where nothing rests the venue answers with one shared empty tuple: no work, no allocation."""
    venue = SimulatedVenue(instruments, SETTINGS)
    bar = Bar(ts_event=NS_PER_DAY, instrument_id=instrument_id, open=1.0, high=1.0, low=1.0, close=1.0)
    assert venue.on_market(bar) is venue.on_market(bar)
