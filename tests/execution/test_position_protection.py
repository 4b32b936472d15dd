"""Stops and targets: what the planner asks for, and what becomes of a position at the venue."""

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.accounts import CorporateAction
from tradewind.core.book import Book, Ledger, Position
from tradewind.core.decisions import (
    APPROVED,
    BreakerTripped,
    CancelRequested,
    DecisionMade,
    InstrumentFailed,
    OrderRefused,
    OrderRequested,
)
from tradewind.core.errors import ConfigError, OrderError
from tradewind.core.events import AccountTerms, SessionOpened, SessionStarted, StrategyTerms
from tradewind.core.orders import OrderType, Side, Working, validate_order
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import ActionKind, Contingency, SessionMode
from tradewind.engine.reducer import Reducer, effects_of
from tradewind.execution.planner import PlannerSettings, orders_for_target
from tradewind.execution.protection import ProtectionSettings
from tradewind.execution.trailing import follow_price
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue

AAPL = "AAPL.SIM"
BOTH = PlannerSettings(protection=ProtectionSettings(stop_atr=2.0, target_atr=3.0), wait_for_cancels="never")
TRAIL = PlannerSettings(protection=ProtectionSettings(stop_pct=2.0, trail=True), wait_for_cancels="never")
NOW = 5 * NS_PER_DAY


def decide(target, day=5, outcome="trade", atr=1.5, instrument_id=AAPL):
    return DecisionMade(
        ts_event=day * NS_PER_DAY,
        decision_id=f"d{day}",
        strategy="test",
        instrument_id=instrument_id,
        outcome=outcome,
        reason="",
        target_lots=target,
        factors={} if atr is None else {"atr": atr},
    )


@pytest.fixture(scope="module")
def make_book(instruments):
    def make(held=0, orders=(), mark=10_000, opened=2 * NS_PER_DAY):
        book = Book(base_currency="USD", instruments=instruments, accounts={"main": {"USD": Ledger()}})
        position = Position(
            instrument_id=AAPL,
            strategy="test",
            quantity_lots=held,
            cost_e8=held * 100 * 10**8,
            opened_ts=opened,
        )
        book.positions[position.key] = position
        book.mark_ticks[AAPL] = mark
        for order in orders:
            book.open_orders[order.client_order_id] = Working(order=order)
        return book

    return make


def told(planned):
    short = []
    for event in planned:
        if isinstance(event, CancelRequested):
            short.append(f"cancel {event.client_order_id}")
            continue
        order = event.order
        level = order.stop_price_ticks or order.limit_price_ticks or ""
        refused = "refused " if isinstance(event, OrderRefused) else ""
        short.append(f"{refused}{order.signed_lots:+d} {order.tag or order.order_type} {level}".rstrip())
    return short


def test_an_entry_leaves_as_a_bracket(make_book, instruments):
    planned = orders_for_target(make_book(), decide(100), instruments[AAPL], BOTH)
    assert told(planned) == ["+100 market", "-100 stop 9700", "-100 target 10450"]
    entry, stop, target = (event.order for event in planned)
    for leg in (stop, target):
        assert leg.reduce_only
        assert (leg.contingency, leg.parent_id) == (Contingency.OTO, entry.client_order_id)
    assert stop.group_id == target.group_id != ""


def test_a_short_is_protected_on_its_other_side(make_book, instruments):
    planned = orders_for_target(make_book(), decide(-100), instruments[AAPL], BOTH)
    assert told(planned) == ["-100 market", "+100 stop 10300", "+100 target 9550"]


def test_a_percentage_stands_in_where_no_range_is_known(make_book, instruments):
    rules = ProtectionSettings(stop_atr=2.0, stop_pct=4.0)
    planned = orders_for_target(
        make_book(), decide(10, atr=None), instruments[AAPL], PlannerSettings(protection=rules)
    )
    assert told(planned) == ["+10 market", "-10 stop 9600"]


@pytest.mark.parametrize("average", [None, 0.0, math.nan, -1.0])
def test_an_entry_that_cannot_be_protected_does_not_leave(make_book, instruments, average):
    planned = orders_for_target(make_book(), decide(10, atr=average), instruments[AAPL], BOTH)
    assert told(planned) == ["refused +10 market"]
    assert planned[0].refusal.rule == "protection"


def legs_of(planned):
    return [e.order for e in planned if isinstance(e, OrderRequested) and e.order.reduce_only]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (100, []),
        (150, ["+50 market", "-50 stop 9700", "-50 target 10450"]),
        (40, ["-60 market", "cancel d5-1", "cancel d5-2", "-40 stop 9700", "-40 target 10450"]),
        (0, ["cancel d5-1", "cancel d5-2", "-100 market"]),
        (
            -30,
            [
                "cancel d5-1",
                "cancel d5-2",
                "-100 market",
                "-30 market",
                "+30 stop 10300",
                "+30 target 9550",
            ],
        ),
    ],
)
def test_what_protects_follows_the_position(make_book, instruments, target, expected):
    legs = legs_of(orders_for_target(make_book(), decide(100), instruments[AAPL], BOTH))
    planned = orders_for_target(make_book(100, legs), decide(target, day=6), instruments[AAPL], BOTH)
    assert told(planned) == expected


def test_a_holding_without_protection_gets_it_with_the_next_decision(make_book, instruments):
    planned = orders_for_target(make_book(100), decide(0, outcome="hold"), instruments[AAPL], BOTH)
    assert told(planned) == ["-100 stop 9700", "-100 target 10450"]
    assert {event.order.contingency for event in planned} == {Contingency.OCO}
    assert orders_for_target(make_book(0), decide(0, outcome="hold"), instruments[AAPL], BOTH) == ()


@pytest.mark.parametrize(
    ("held", "mark", "expected"),
    [
        (100, 10_100, ["cancel old", "-100 stop 9898"]),
        (100, 9_900, []),  # it never moves back
        (-100, 9_900, ["cancel old", "+100 stop 10098"]),
        (-100, 10_100, []),
    ],
)
def test_a_trailing_stop_follows_the_price_and_never_moves_back(
    make_book, instruments, make_order, held, mark, expected
):
    level = 9_800 if held > 0 else 10_200
    side = Side.SELL if held > 0 else Side.BUY
    old = make_order(
        "old", side=side, order_type=OrderType.STOP, stop_price_ticks=level, reduce_only=True, tag="stop"
    )
    book = make_book(held, [old], mark=mark)
    assert told(orders_for_target(book, decide(0, outcome="hold"), instruments[AAPL], TRAIL)) == expected


def test_a_position_is_left_after_its_longest_time(make_book, instruments):
    rules = PlannerSettings(protection=ProtectionSettings(longest_bars=3))
    book = make_book(100, opened=2 * NS_PER_DAY)
    assert told(orders_for_target(book, decide(0, 4, "hold"), instruments[AAPL], rules)) == []
    (leave,) = orders_for_target(book, decide(0, 5, "hold"), instruments[AAPL], rules)
    assert (leave.order.tag, leave.order.signed_lots, leave.order.reduce_only) == ("time_stop", -100, True)
    book.open_orders["out"] = Working(order=leave.order)
    assert told(orders_for_target(book, decide(0, 6, "hold"), instruments[AAPL], rules)) == []


def test_a_broker_without_groups_gets_the_stop_alone_once_it_is_held(make_book, instruments):
    settings = msgspec.structs.replace(BOTH, broker="alpaca-crypto")
    assert told(orders_for_target(make_book(), decide(100), instruments[AAPL], settings)) == ["+100 market"]
    (stop,) = orders_for_target(make_book(100), decide(0, outcome="hold"), instruments[AAPL], settings)
    assert stop.order.order_type is OrderType.STOP_LIMIT
    assert (stop.order.stop_price_ticks, stop.order.limit_price_ticks) == (9_700, 9_215)
    assert stop.order.contingency is Contingency.NONE


@pytest.mark.parametrize("wrong", [{"stop_atr": -1.0}, {"target_pct": math.nan}, {"trail": True}])
def test_rules_that_make_no_sense_are_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(ConfigError, match=name):
        ProtectionSettings(**wrong)


# In the loop ---------------------------------------------------------------------------------


class OpenGate:
    def check(self, order, book):
        return APPROVED


class QuietBoard:
    def observe(self, book):
        return ()

    def entry_block(self, instrument_id, strategy, book):
        return ""


class Targets:
    """A strategy that wants what the test says, bar by bar; None holds."""

    name = "test"

    def __init__(self, wanted, protection=None):
        self.wanted, self.protection = list(wanted), protection

    def on_event(self, event, book):
        if type(event).__name__ != "Bar" or not self.wanted:
            return ()
        target = self.wanted.pop(0)
        day = event.ts_event // NS_PER_DAY
        decision = decide(target or 0, day, "hold" if target is None else "trade")
        return [msgspec.structs.replace(decision, protection=self.protection)]

    def snapshot(self):
        return b""

    def restore(self, state):
        pass


def run(instruments, wanted, events, planning, protection=None):
    """All records of a session, and its book, with the venue heard as the driver hears it."""
    stock = instruments[AAPL]
    reducer = Reducer(
        [Targets(wanted, protection)],
        OpenGate(),
        QuietBoard(),
        lambda decision, book: orders_for_target(book, decision, stock, planning),
        trail=lambda _, book: follow_price(book, stock),
    )
    venue = SimulatedVenue({AAPL: stock}, VenueSettings(half_spread_bps=0.0, impact_coefficient=0.0))
    reducer.step(
        SessionStarted(
            ts_event=0,
            session_id="s",
            mode=SessionMode.BACKTEST,
            base_currency="USD",
            accounts=(AccountTerms(cash_e8={"USD": 10**15}),),
            instruments=(stock,),
            strategies=(StrategyTerms(strategy="test"),),
        )
    )
    reducer.step(SessionOpened(ts_event=1))
    records = []
    for event in events:
        pending = [*venue.on_market(event), event]
        while pending:
            records.append(pending[0])
            made = reducer.step(pending.pop(0))
            records += made
            assert not [e for e in made if isinstance(e, BreakerTripped | InstrumentFailed)], made
            for effect in effects_of(made):
                if isinstance(effect, OrderRequested):
                    pending += venue.submit(effect.order)
                else:
                    pending += venue.cancel(effect.client_order_id)
        positions = {k: p.quantity_lots for k, p in reducer.state.book.positions.items() if p.quantity_lots}
        assert venue.positions() == positions
    return records, reducer.state.book


def fills(records):
    return [(r.client_order_id, r.quantity_lots, r.price_ticks) for r in records if hasattr(r, "trade_id")]


DAY = 20_000
"""Days before the first bar: times of the first months of 1970 are refused, as they look like seconds."""
FLAT = (100.0, 100.5, 99.5, 100.0)


def test_stopped_out_at_the_venue_and_nothing_is_left_over(instruments, make_bar):
    fall = (99.0, 99.0, 96.0, 96.5)
    bars = [make_bar(DAY + n, prices) for n, prices in enumerate((FLAT, FLAT, fall, FLAT))]
    records, book = run(instruments, [100, None, None, None], bars, BOTH)
    assert fills(records) == [("s-d20000-0", 100, 10_000), ("s-d20000-1", 100, 9_700)]
    assert not book.open_orders
    closed = next(r for r in records if hasattr(r, "profit_e8"))
    assert closed.profit_e8 == -30_000_000_000 - 2 * 10**8


UP_AND_BACK = (
    FLAT,  # decided: 100 to buy
    FLAT,  # bought at 100, the stop 2 % below at 98
    (100.0, 104.0, 100.0, 103.0),  # 103 less 2 % is 100.94
    (103.0, 103.2, 101.5, 102.0),  # 99.96 would be back: it stays
    (102.0, 102.0, 100.5, 101.0),  # through 100.94
)


@pytest.mark.parametrize("target_pct", [0.0, 50.0], ids=["alone", "beside a target"])
def test_a_trailing_stop_follows_each_bar_without_any_decision(instruments, make_bar, target_pct):
    rules = ProtectionSettings(stop_pct=2.0, trail=True, target_pct=target_pct)
    planning = msgspec.structs.replace(TRAIL, protection=rules)
    bars = [make_bar(DAY + n, prices) for n, prices in enumerate(UP_AND_BACK)]
    records, book = run(instruments, [100], bars, planning)
    assert [(lots, ticks) for _, lots, ticks in fills(records)] == [(100, 10_000), (100, 10_094)]
    assert not book.open_orders
    stops = [r.order.stop_price_ticks for r in records if isinstance(r, OrderRequested)]
    assert [stop for stop in stops if stop is not None] == [9_800, 10_094]


def test_a_short_s_trailing_stop_follows_down(instruments, make_bar):
    down = (FLAT, FLAT, (100.0, 100.0, 96.0, 97.0), (97.0, 98.0, 97.0, 98.0), (98.0, 99.5, 98.0, 99.0))
    bars = [make_bar(DAY + n, prices) for n, prices in enumerate(down)]
    records, book = run(instruments, [-100], bars, TRAIL)
    # 97 and 2 % of it are 98.94; the last bar rises through it.
    assert [(lots, ticks) for _, lots, ticks in fills(records)] == [(100, 10_000), (100, 9_894)]
    assert not book.open_orders


def test_a_trailing_stop_keeps_its_part_of_the_price_through_a_split(instruments, make_bar):
    split = CorporateAction(
        ts_event=(DAY + 2) * NS_PER_DAY + 1, instrument_id=AAPL, kind=ActionKind.SPLIT, numerator=4
    )
    bars = [
        *(make_bar(DAY + n, prices) for n, prices in enumerate(UP_AND_BACK[:3])),
        split,
        make_bar(DAY + 3, (25.75, 26.0, 25.75, 26.0)),  # 26 less 2 % is 25.48
        make_bar(DAY + 4, (26.0, 26.0, 25.0, 25.0)),
    ]
    records, _ = run(instruments, [100], bars, TRAIL)
    assert [(lots, ticks) for _, lots, ticks in fills(records)] == [(100, 10_000), (400, 2_548)]


def test_nothing_follows_while_a_cancel_is_on_its_way(make_book, instruments, make_order):
    def stop(name, ticks):
        return make_order(
            name, side=Side.SELL, order_type=OrderType.STOP, stop_price_ticks=ticks, reduce_only=True,
            trail_pct=2.0,
        )  # fmt: skip

    book = make_book(100, [stop("old", 9_800)], mark=10_300)
    assert told(follow_price(book, instruments[AAPL])) == ["cancel old", "-100 stop 10094"]
    both = make_book(100, [stop("old", 9_800), stop("new", 10_094)], mark=10_400)
    assert follow_price(both, instruments[AAPL]) == []


def test_a_decision_s_own_rules_go_before_the_session_s(instruments, make_bar):
    bars = [make_bar(DAY + n, prices) for n, prices in enumerate(UP_AND_BACK)]
    own = ProtectionSettings(stop_pct=2.0, trail=True)
    none = PlannerSettings(wait_for_cancels="never")
    records, _ = run(instruments, [100], bars, none, protection=own)
    assert [ticks for _, _, ticks in fills(records)] == [10_000, 10_094]
    records, _ = run(instruments, [100], bars, TRAIL, protection=ProtectionSettings())
    assert [ticks for _, _, ticks in fills(records)] == [10_000]


@pytest.mark.parametrize("wrong", [{"trail_pct": -1.0}, {"trail_pct": math.nan}, {"trail_pct": 2.0}])
def test_a_trail_that_makes_no_sense_is_no_order(make_order, wrong):
    with pytest.raises(OrderError, match="trail_pct"):
        validate_order(make_order(**wrong))


def test_through_a_split_the_levels_and_the_quantity_move_along(instruments, make_bar):
    split = CorporateAction(
        ts_event=(DAY + 1) * NS_PER_DAY + 1,
        instrument_id=AAPL,
        kind=ActionKind.SPLIT,
        numerator=4,
        denominator=1,
    )
    quarter = tuple(price / 4.0 for price in FLAT)
    bars = [
        make_bar(DAY, FLAT),
        make_bar(DAY + 1, FLAT),
        split,
        make_bar(DAY + 2, quarter),
        make_bar(DAY + 3, (25.0, 27.0, 24.5, 26.0)),
    ]
    records, book = run(instruments, [100, None, None, None], bars, BOTH)
    # 104.50 is a sell: 26.125 rounded up to 26.13.
    assert fills(records) == [("s-d20000-0", 100, 10_000), ("s-d20000-2", 400, 2_613)]
    assert not book.open_orders


PRICE = st.integers(9_000, 11_000)


@st.composite
def bars(draw):
    low, first, second, high = sorted(draw(st.tuples(PRICE, PRICE, PRICE, PRICE)))
    return (first / 100.0, high / 100.0, low / 100.0, second / 100.0), draw(st.integers(0, 3_000))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(bars(), st.one_of(st.none(), st.integers(-200, 200))), min_size=1, max_size=15),
    st.sampled_from([BOTH, TRAIL]),
)
def test_what_is_held_is_always_protected_whole_after_a_decision(instruments, make_bar, steps, planning):
    wanted = [target for _, target in steps]
    path = [make_bar(DAY + n, prices, volume=float(volume)) for n, ((prices, volume), _) in enumerate(steps)]
    path.append(make_bar(DAY + len(path), FLAT, volume=0.0))
    _, book = run(instruments, [*wanted, None], path, planning)
    for position in book.positions.values():
        held = position.quantity_lots
        states = list(book.open_orders.values())
        leaving = [s for s in states if s.order.reduce_only and s.order.order_type is OrderType.MARKET]
        stops = [s for s in states if s.order.tag == "stop"]
        assert all(s.order.side.sign * held <= 0 for s in stops if not s.order.parent_id)
        if held and not leaving:
            covering = sum(s.remaining_lots for s in stops if s.order.side.sign * held < 0)
            assert covering >= abs(held)
        if not held and not [s for s in states if not s.order.reduce_only]:
            assert not stops
