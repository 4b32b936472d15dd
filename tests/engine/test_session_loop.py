"""The loop over a whole session: determinism, accounting, recovery, and breakers that act."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from engine_parts import (
    CASH_E8,
    COIN,
    START_NS,
    STOCK,
    QuietBoard,
    drive,
    make_reducer,
    make_venue,
    random_bars,
    run_whole,
    whole_feed,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.book import Book
from tradewind.core.decisions import (
    AccountMarked,
    BreakerRearmed,
    BreakerTripped,
    CancelRequested,
    CommandRefused,
    DecisionMade,
    InstrumentFailed,
    OrderRequested,
)
from tradewind.core.errors import DataError, ReplayDivergedError
from tradewind.core.events import AnyEvent, Command, Record, encode_event
from tradewind.core.market import Bar
from tradewind.core.orders import BrokerReport, Order, OrderFilled, OrderRejected
from tradewind.engine.driver.cursor import rest_of_feed
from tradewind.engine.driver.loop import Driver
from tradewind.engine.driver.recorded import run_recorded, take_recorded
from tradewind.engine.driver.recovery import recover
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.feeds import recorded_feed
from tradewind.engine.replay import replay
from tradewind.journal.memory import MemoryJournal

INSTRUMENTS = {STOCK.id: STOCK}


def run(feed: Sequence[AnyEvent], **options: int) -> tuple[MemoryJournal, Driver]:
    journal = MemoryJournal()
    return journal, run_whole(journal, feed, **options)


def bodies(journal: MemoryJournal) -> list[bytes]:
    return [encode_event(record.event) for record in journal.read()]


def test_the_same_feed_gives_the_same_journal_byte_for_byte() -> None:
    first, _ = run(whole_feed())
    second, _ = run(whole_feed())
    assert bodies(first) == bodies(second)
    assert len([r for r in first.read() if isinstance(r.event, OrderFilled)]) > 20


def test_replay_gives_every_recorded_decision_and_tells_where_a_changed_one_differs() -> None:
    journal, _ = run(whole_feed())
    report = replay(journal.read(), make_reducer())
    assert report.decisions > 0
    assert report.last_seq == journal.last_seq()
    with pytest.raises(ReplayDivergedError) as caught:
        replay(journal.read(), make_reducer(lots=11))
    first_decision = next(r for r in journal.read() if isinstance(r.event, DecisionMade))
    assert caught.value.seq == first_decision.seq


def test_replay_notices_a_decision_that_was_taken_out() -> None:
    journal, _ = run(whole_feed())
    records = list(journal.read())
    at = next(i for i, r in enumerate(records) if isinstance(r.event, OrderRequested))
    with pytest.raises(ReplayDivergedError, match="it also gave"):
        replay(records[:at] + records[at + 1 :], make_reducer())


def test_equity_equals_an_independent_sum_over_the_fills() -> None:
    journal, _ = run(whole_feed())
    lots: dict[str, int] = {}
    cash, closes = Decimal(100_000), {}
    steps = {STOCK.id: (Decimal("0.01"), Decimal(1)), COIN.id: (Decimal("0.01"), Decimal("0.0001"))}
    for record in journal.read():
        event = record.event
        if isinstance(event, Bar):
            closes[event.instrument_id] = Decimal(str(event.close))
        elif isinstance(event, OrderFilled):
            tick, lot = steps[event.instrument_id]
            signed = event.side.sign * event.quantity_lots
            lots[event.instrument_id] = lots.get(event.instrument_id, 0) + signed
            cash -= event.price_ticks * tick * signed * lot + Decimal(event.commission_e8).scaleb(-8)
        elif isinstance(event, AccountMarked):
            value = sum(held * steps[s][1] * closes[s] for s, held in lots.items())
            assert Decimal(event.equity_e8).scaleb(-8) == cash + value


def test_no_order_fills_on_the_bar_that_decided_it() -> None:
    journal, _ = run(whole_feed())
    decided = {
        r.event.order.client_order_id: r.event for r in journal.read() if isinstance(r.event, OrderRequested)
    }
    fills = [r.event for r in journal.read() if isinstance(r.event, OrderFilled)]
    assert fills
    for fill in fills:
        assert fill.ts_event > decided[fill.client_order_id].ts_event


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(1, 150), snapshot_every=st.sampled_from([0, 7, 40]))
def test_stopping_anywhere_and_going_on_gives_the_uninterrupted_journal(
    cut: int, snapshot_every: int
) -> None:
    feed = whole_feed(40)
    journal = MemoryJournal()
    before = drive(journal, commit_every=1, snapshot_every=snapshot_every)
    for event in feed[:cut]:
        take_recorded(before, event, 0.0)
    before.commit()
    parts = SessionParts(make_reducer(), make_venue())
    recover(journal, parts)
    full = make_reducer()
    replay(journal.read(), full)
    assert parts.reducer.snapshot() == full.snapshot()
    after = drive(journal, parts, commit_every=1, snapshot_every=snapshot_every)
    run_recorded(after, rest_of_feed(feed, parts.cursor))
    whole, _ = run(feed, commit_every=1, snapshot_every=snapshot_every)
    assert bodies(journal) == bodies(whole)


class OneTrip(QuietBoard):
    """Trips once when the account has made a number of fills, and blocks entries while it stands."""

    def __init__(self, action: str, scope: str = "account", key: str = "") -> None:
        self.action, self.scope, self.key = action, scope, key

    def observe(self, book: Book) -> Sequence[BreakerTripped | BreakerRearmed]:
        if book.fills_seen < 5 or "test" in book.breakers or f"test:{self.key}" in book.breakers:
            return ()
        return (
            BreakerTripped(
                ts_event=book.now_ns, breaker="test", scope=self.scope, scope_key=self.key,
                action=self.action, value=1.0, threshold=0.5, reason="for the test",
            ),
        )  # fmt: skip

    def reset(self, book: Book, event: BreakerRearmed) -> None:
        pass

    def entry_block(self, instrument_id: str, strategy: str, book: Book) -> str:
        return "halted for the test" if any(k.startswith("test") for k in book.breakers) else ""


def run_with(board: object, feed: Sequence[AnyEvent]) -> tuple[list[Record], Driver, Book]:
    journal, reducer = MemoryJournal(), make_reducer(board)
    driver = run_whole(journal, feed, SessionParts(reducer, make_venue()))
    return list(journal.read()), driver, reducer.state.book


def test_liquidation_closes_everything_and_nothing_is_opened_after() -> None:
    records, _, book = run_with(OneTrip("liquidate"), whole_feed())
    trip = next(r.seq for r in records if isinstance(r.event, BreakerTripped))
    assert all(position.quantity_lots == 0 for position in book.positions.values())
    later = [r.event.order for r in records if isinstance(r.event, OrderRequested) and r.seq > trip]
    assert all(order.reduce_only for order in later)


def test_a_halt_blocks_entries_but_never_closing() -> None:
    records, _, book = run_with(OneTrip("halt"), whole_feed())
    trip = next(r for r in records if isinstance(r.event, BreakerTripped))
    later = [r.event.order for r in records if isinstance(r.event, OrderRequested) and r.seq > trip.seq]
    assert all(order.signed_lots < 0 for order in later)
    assert all(position.quantity_lots == 0 for position in book.positions.values())


def test_the_kill_switch_liquidates_and_a_person_arms_again() -> None:
    feed = whole_feed()
    bars = [i for i, e in enumerate(feed) if isinstance(e, Bar)]
    kill = Command(ts_event=feed[bars[40]].ts_event, verb="kill", argument="liquidate")
    rearm = Command(ts_event=feed[bars[80]].ts_event, verb="rearm", argument="kill_switch")
    feed = [*feed[: bars[41]], kill, *feed[bars[41] : bars[81]], rearm, *feed[bars[81] :]]
    records, _, book = run_with(None, feed)
    assert book.breakers == {}
    tripped = next(r.seq for r in records if isinstance(r.event, BreakerTripped))
    rearmed = next(r.seq for r in records if isinstance(r.event, BreakerRearmed))
    closing = [
        r for r in records if isinstance(r.event, OrderRequested) and "close" in r.event.order.client_order_id
    ]
    assert closing
    assert all(tripped < r.seq < rearmed for r in closing)


def test_an_unexplained_fill_halts_new_entries_and_says_why() -> None:
    feed = whole_feed(30)
    stray = OrderFilled(
        ts_event=START_NS, client_order_id="nobody", instrument_id=STOCK.id, trade_id="x1", side="buy",
        quantity_lots=5, price_ticks=10_000,
    )  # fmt: skip
    records, _, book = run_with(None, [*feed[:40], stray, *feed[40:]])
    trip = next(r.event for r in records if isinstance(r.event, BreakerTripped))
    assert trip.breaker == "reconciliation"
    assert "nobody" in trip.reason
    assert book.accounts["main"]["USD"].paid_in_e8 == CASH_E8


def test_repeated_and_late_reports_change_nothing() -> None:
    feed = whole_feed(30)
    journal, _ = run(feed)
    fill = next(r.event for r in journal.read() if isinstance(r.event, OrderFilled))
    late = OrderRejected(
        ts_event=fill.ts_event, client_order_id=fill.client_order_id, instrument_id=STOCK.id, reason="late"
    )
    _, _, plain = run_with(None, feed)
    _, _, repeated = run_with(None, [*feed[:-1], fill, late, feed[-1]])
    assert repeated == plain


def test_a_feed_that_goes_back_in_time_is_refused() -> None:
    bars = list(random_bars(3))
    with pytest.raises(DataError, match="back in time"):
        list(recorded_feed(whole_feed(1)[0], (), [bars[4], bars[0]], START_NS))  # type: ignore[arg-type]


def test_resting_entries_are_cancelled_by_a_halt() -> None:
    from engine_parts import plain_planner

    from tradewind.core.orders import OrderType

    def far_limit(decision: DecisionMade, book: Book) -> list[OrderRequested]:
        (market,) = plain_planner(decision, book)
        order = market.order  # type: ignore[attr-defined]
        fields = {f: getattr(order, f) for f in order.__struct_fields__}
        if order.side == "buy":
            fields |= {"order_type": OrderType.LIMIT, "limit_price_ticks": 1}
        return [OrderRequested(ts_event=decision.ts_event, order=Order(**fields))]

    journal = MemoryJournal()
    reducer = make_reducer(None, far_limit)
    session = drive(journal, SessionParts(reducer, make_venue()))
    feed = whole_feed(10)
    for event in feed:
        session.take(event)
        session.settle()
    assert reducer.state.book.open_orders
    session.take(Command(ts_event=feed[-1].ts_event, verb="kill", argument="freeze"))
    session.end("for the test")
    assert not reducer.state.book.open_orders
    assert any(isinstance(r.event, CancelRequested) for r in journal.read())


def test_a_bar_that_cannot_be_used_does_not_stop_the_rest() -> None:
    feed = whole_feed(20)
    at = feed[20].ts_event
    fields = {"ts_event": at, "open": 1.0, "high": 1.0, "low": 1.0}
    stranger = Bar(instrument_id="NOBODY", close=1.0, **fields)
    broken = Bar(instrument_id=STOCK.id, close=float("nan"), **fields)
    records, _, book = run_with(None, [*feed[:21], stranger, broken, *feed[21:]])
    failed = [r.event for r in records if isinstance(r.event, InstrumentFailed)]
    assert [event.instrument_id for event in failed] == ["NOBODY", STOCK.id]
    assert "'NOBODY'" in failed[0].error
    _, _, plain = run_with(None, feed)
    assert book == plain


def test_a_command_that_nobody_knows_is_refused_and_changes_nothing() -> None:
    feed = whole_feed(10)
    at = feed[-1].ts_event
    wrong = [
        Command(ts_event=at, verb="dance"),
        Command(ts_event=at, verb="kill", argument="all"),
        Command(ts_event=at, verb="rearm", argument="vix"),
    ]
    records, _, book = run_with(None, [*feed[:-1], *wrong, feed[-1]])
    refused = [r.event for r in records if isinstance(r.event, CommandRefused)]
    assert [event.verb for event in refused] == ["dance", "kill", "rearm"]
    _, _, plain = run_with(None, feed)
    assert book == plain


class NoWayOut:
    """A venue that takes entries and rejects every closing order."""

    name = "no way out"
    external = False

    def __init__(self) -> None:
        self.inner = make_venue()
        self.asked = 0

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        if not order.reduce_only:
            return self.inner.submit(order)
        self.asked += 1
        about = {"client_order_id": order.client_order_id, "instrument_id": order.instrument_id}
        return (OrderRejected(ts_event=order.ts_decided, reason="closed", **about),)

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        return self.inner.cancel(client_order_id)

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        return self.inner.on_market(event)

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        return self.inner.reconcile(since_ns)


def test_a_close_that_is_rejected_is_tried_again_with_the_next_data_not_for_ever() -> None:
    feed, venue, journal = whole_feed(), NoWayOut(), MemoryJournal()
    run_whole(journal, feed, SessionParts(make_reducer(OneTrip("liquidate")), venue))  # type: ignore[arg-type]
    tripped = next(r.seq for r in journal.read() if isinstance(r.event, BreakerTripped))
    after = sum(1 for r in journal.read() if r.seq > tripped and r.cause == 0)
    assert 1 < venue.asked <= after
