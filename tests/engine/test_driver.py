"""The driver: scheduled cycles, people heard at once and in the session's time, models and brokers that are
late.
"""

import threading
import time
from collections.abc import Iterator, Sequence

import msgspec
import pytest
from engine_parts import (
    CASH_E8,
    COIN,
    START_NS,
    STOCK,
    OpenGate,
    QuietBoard,
    drive,
    external_start,
    make_reducer,
    make_venue,
    plain_planner,
    random_bars,
    run_whole,
    session_start,
    whole_feed,
)
from outside_broker import OutsideBroker

from tradewind.core.book import Book
from tradewind.core.changes import TimerRequested
from tradewind.core.decisions import AccountMarked, BreakerTripped, OrderRequested
from tradewind.core.errors import NetworkError
from tradewind.core.events import (
    AnyEvent,
    Command,
    FeedStatus,
    SessionEnded,
    SessionOpened,
    Timer,
    encode_event,
)
from tradewind.core.forecasts import FactorRow, Forecast, ForecastFailed
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import (
    OrderFilled,
    SubmissionUnknown,
)
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.core.vocabulary import TimerName
from tradewind.engine.driver.asking import AskWorkers
from tradewind.engine.driver.broker_desk import DeskSettings
from tradewind.engine.driver.cursor import FeedCursor, rest_of_feed
from tradewind.engine.driver.live import run_live
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.mailbox import Came, Closed, Mailbox
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded, take_recorded
from tradewind.engine.driver.recovery import recover
from tradewind.engine.driver.schedule import CycleSettings
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.driver.thread_outbox import ThreadOutbox
from tradewind.engine.feeds import recorded_feed
from tradewind.engine.reducer import Reducer
from tradewind.journal.memory import MemoryJournal

LONG_AGO_NS = 2_000_000_000_000_000_000  # 2033: a wall clock far from the session's time


def events(journal: MemoryJournal, *kinds: type) -> list[Event]:
    return [record.event for record in journal.read() if isinstance(record.event, kinds)]


# Cycles --------------------------------------------------------------------------------------


def test_a_thousand_quotes_are_not_a_thousand_cycles() -> None:
    quotes = [
        Quote(ts_event=START_NS + i * 60_000_000, instrument_id=STOCK.id, bid=99.99, ask=100.01)
        for i in range(1, 1_001)
    ]  # one minute of quotes
    journal = MemoryJournal()
    run_whole(journal, list(recorded_feed(session_start(), (), quotes, START_NS)))
    assert len(events(journal, Quote)) == 1_000
    assert 1 <= len([e for e in events(journal, Timer) if e.name == TimerName.CYCLE]) <= 2


def test_each_moment_at_which_bars_closed_is_one_cycle_after_all_of_its_bars() -> None:
    journal = MemoryJournal()
    run_whole(journal, whole_feed(10))
    kinds = [type(r.event).__name__ for r in journal.read() if isinstance(r.event, Bar | Timer)]
    assert kinds == ["Bar", "Bar", "Timer"] * 10


# People --------------------------------------------------------------------------------------


class Hands:
    """An inbox in memory."""

    def __init__(self) -> None:
        self.left: list[tuple[int, Command]] = []
        self.done: dict[int, int] = {}

    def put(self, command: Command) -> None:
        self.left.append((len(self.left) + 1, command))

    def take(self) -> list[tuple[int, Command]]:
        return [(entry, command) for entry, command in self.left if entry not in self.done]

    def acknowledge(self, entry: int, seq: int) -> None:
        self.done[entry] = seq


class Standing(QuietBoard):
    """What stands tripped blocks new entries."""

    def entry_block(self, instrument_id: str, strategy: str, book: Book) -> str:
        return "; ".join(book.breakers)


def driven(journal: MemoryJournal, hands: Hands, parts: SessionParts | None = None) -> Driver:
    own = parts or SessionParts(make_reducer(Standing()), make_venue())
    assert own.venue is not None
    return Driver(own, journal, DirectOutbox(own.venue), inbox=hands)  # type: ignore[arg-type]


@pytest.mark.parametrize("wall_ns", [LONG_AGO_NS, 1_000])
def test_kill_liquidate_closes_at_the_next_bar_in_session_time_whatever_the_senders_clock(
    wall_ns: int,
) -> None:
    feed, hands, journal = whole_feed(60), Hands(), MemoryJournal()
    driver = driven(journal, hands)
    thrown = False
    for event in feed:
        take_recorded(driver, event)
        book = driver.reducer.state.book
        if not thrown and len(book.net_lots) == 2:
            thrown, at = True, book.now_ns
            hands.put(Command(ts_event=wall_ns, verb="kill", argument="liquidate"))
            driver.hear(force=True)
            next_bars = at + 86_400_000_000_000
        elif thrown and isinstance(event, Bar) and event.ts_event == next_bars:
            assert event.instrument_id not in book.net_lots, "it closes at its next bar"
    driver.end("for the test")
    (command,) = events(journal, Command)
    assert command.ts_event == at
    assert command.ts_sent == wall_ns
    assert driver.reducer.state.book.net_lots == {}
    assert max(r.event.ts_event for r in journal.read()) == feed[-1].ts_event
    trips = {trip.breaker for trip in events(journal, BreakerTripped)}
    assert trips == {"kill_switch"}


def test_people_are_heard_while_a_paced_session_waits_between_two_bars() -> None:
    hands, journal = Hands(), MemoryJournal()
    driver = driven(journal, hands)
    feed = whole_feed(3)

    def stop_soon() -> None:
        time.sleep(0.3)
        hands.put(Command(ts_event=1, verb="stop"))

    threading.Thread(target=stop_soon).start()
    run_recorded(driver, feed, pace_s=30.0)
    assert driver.stopped
    assert len(events(journal, Bar)) < 6
    assert events(journal, SessionEnded)[0].reason == "a person stopped it"


def test_stop_and_start_again_loses_no_bar_and_takes_none_twice() -> None:
    feed, hands, journal = whole_feed(30), Hands(), MemoryJournal()
    parts = SessionParts(make_reducer(), make_venue())
    driver = driven(journal, hands, parts)

    def with_stop() -> Iterator[AnyEvent]:
        for i, event in enumerate(feed):
            if i == 25:
                hands.put(Command(ts_event=1, verb="stop"))
                driver.hear(force=True)
            yield event

    run_recorded(driver, with_stop())
    parts = SessionParts(make_reducer(Standing()), make_venue())
    recover(journal, parts)
    again = drive(journal, parts)
    again.reopen()
    run_recorded(again, rest_of_feed(feed, parts.cursor))
    bars = [encode_event(event) for event in events(journal, Bar)]
    assert bars == [encode_event(event) for event in feed if isinstance(event, Bar)]


# History that changed ------------------------------------------------------------------------


def market(feed: Sequence[AnyEvent]) -> list[AnyEvent]:
    return [event for event in feed if isinstance(event, Bar)]


@pytest.mark.parametrize("change", ["gained", "lost", "changed"])
def test_history_that_changed_before_a_crash_neither_loses_nor_doubles_a_bar_and_is_told(change: str) -> None:
    feed = whole_feed(30)
    cursor = FeedCursor()
    for event in feed[:31]:
        cursor.note(event)
    at = 10
    if change == "lost":
        today = feed[:at] + feed[at + 1 :]
    elif change == "gained":
        extra = msgspec.structs.replace(feed[at], ts_event=feed[at].ts_event - 1)
        today = [*feed[:at], extra, *feed[at:]]
    else:
        today = [*feed[:at], msgspec.structs.replace(feed[at], close=feed[at].low), *feed[at + 1 :]]
    rest = list(rest_of_feed(today, cursor))
    said = [event for event in rest if isinstance(event, FeedStatus)]
    assert len(said) == 1
    assert feed[at].instrument_id in said[0].detail
    assert market(rest) == market(feed[31:])


def test_an_unchanged_history_goes_on_in_silence_from_any_place() -> None:
    feed = whole_feed(12)
    for cut in range(len(feed) + 1):
        cursor = FeedCursor()
        for event in feed[:cut]:
            cursor.note(event)
        assert list(rest_of_feed(feed, cursor)) == feed[cut:]


# Timers --------------------------------------------------------------------------------------


class Alarm:
    """Asks to be woken an hour after each bar, and again half an hour later."""

    name = "alarm"

    def __init__(self) -> None:
        self.woken: list[int] = []

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        if isinstance(event, Bar) and event.instrument_id == STOCK.id:
            return (
                TimerRequested(
                    ts_event=event.ts_event,
                    name="wake",
                    at_ns=event.ts_event + 60 * NS_PER_MINUTE,
                    owner=self.name,
                ),
            )
        if isinstance(event, Timer) and event.owner == self.name:
            self.woken.append(event.ts_event)
            if len(self.woken) % 2:
                again = event.ts_event + 30 * NS_PER_MINUTE
                return (TimerRequested(ts_event=event.ts_event, name="wake", at_ns=again, owner=self.name),)
        return ()

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self.woken)

    def restore(self, state: bytes) -> None:
        self.woken = msgspec.msgpack.decode(state)


def test_a_timer_that_was_asked_for_comes_at_its_time_between_two_bars() -> None:
    alarm, journal = Alarm(), MemoryJournal()
    reducer = Reducer([alarm], OpenGate(), QuietBoard(), plain_planner)  # type: ignore[list-item]
    run_whole(journal, whole_feed(4), SessionParts(reducer, make_venue()))
    bars = [event.ts_event for event in events(journal, Bar) if event.instrument_id == STOCK.id]
    hour = 60 * NS_PER_MINUTE
    assert alarm.woken == [ts + part for ts in bars[:-1] for part in (hour, hour * 3 // 2)]
    stamps = [record.event.ts_event for record in journal.read()]
    assert stamps == sorted(stamps)


# Models that are late ------------------------------------------------------------------------


class SlowHost:
    """Two models, of which one never answers in time."""

    model_names = ("quick", "slow")

    def __init__(self) -> None:
        self.free = threading.Event()

    def observe(self, rows: Sequence[FactorRow]) -> None: ...

    def forecasts(self, rows: Sequence[FactorRow]) -> Sequence[Forecast]:
        return [said for _, part in self.answers(rows) for said in part]

    def answers(self, rows: Sequence[FactorRow]) -> Iterator[tuple[str, Sequence[Forecast]]]:
        yield "quick", [forecast(row, "quick") for row in rows]
        self.free.wait(20.0)
        yield "slow", [forecast(row, "slow") for row in rows]

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None: ...


def forecast(row: FactorRow, model: str) -> Forecast:
    return Forecast(
        ts_event=row.ts_event, instrument_id=row.instrument_id, model=model, model_version="1",
        horizon_bars=1,
        expected_return_bps=1.0, probability_up=0.6, confidence=0.5, lower_bps=-1.0, upper_bps=2.0,
    )  # fmt: skip


class OneRow:
    """A factor stage that gives a row for each stock bar at the cycle."""

    def __init__(self) -> None:
        self.fresh: int = 0

    def on_event(self, event: AnyEvent) -> Sequence[FactorRow]:
        if isinstance(event, Bar) and event.instrument_id == STOCK.id:
            self.fresh = event.ts_event
        if isinstance(event, Timer) and event.name == TimerName.CYCLE and self.fresh:
            row = FactorRow(ts_event=self.fresh, instrument_id=STOCK.id, values=(1.0,))
            self.fresh = 0
            return (row,)
        return ()

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self.fresh)

    def restore(self, state: bytes) -> None:
        self.fresh = msgspec.msgpack.decode(state)


def test_a_model_that_misses_its_deadline_drops_out_of_the_cycle_and_it_is_decided_without_it() -> None:
    host, mailbox, journal = SlowHost(), Mailbox(), MemoryJournal()
    reducer = make_reducer()
    reducer._factors = OneRow()
    parts = SessionParts(reducer, make_venue(), host)  # type: ignore[arg-type]
    asking = AskWorkers(host, mailbox, 0.2, time.monotonic)  # type: ignore[arg-type]
    driver = Driver(parts, journal, DirectOutbox(parts.venue), asking=asking, mailbox=mailbox)  # type: ignore[arg-type]
    run_recorded(driver, whole_feed(2))
    host.free.set()
    asking.close()
    (first, second) = [e for e in events(journal, Timer) if e.name == TimerName.DECIDE]
    assert first.ts_event < second.ts_event
    said = [e for e in events(journal, Forecast) if e.ts_event == first.ts_event]
    assert [event.model for event in said] == ["quick"]
    late = events(journal, ForecastFailed)
    assert {event.model for event in late if event.ts_event == first.ts_event} == {"slow"}
    assert "0.2 s" in late[0].reason


# Brokers that are late -----------------------------------------------------------------------


QUICK = DriverSettings(broker=DeskSettings(sweep_s=0.2, again_s=0.02))


def outside(**given: object) -> OutsideBroker:
    return OutsideBroker({STOCK.id: STOCK, COIN.id: COIN}, CASH_E8, **given)  # type: ignore[arg-type]


def over_the_line(line: OutsideBroker, deadline_s: float = 5.0) -> tuple[MemoryJournal, Driver]:
    journal, mailbox = MemoryJournal(), Mailbox()
    outbox = ThreadOutbox(line, mailbox, deadline_s, time.monotonic)
    driver = Driver(SessionParts(make_reducer()), journal, outbox, mailbox=mailbox, settings=QUICK)
    bars = [bar for bar in random_bars(6) if bar.instrument_id == STOCK.id]
    run_recorded(driver, recorded_feed(external_start(), (), bars, START_NS))
    outbox.close()
    return journal, driver


@pytest.mark.parametrize(
    "line",
    [outside(answer_after_s=0.4), outside(breaks_on={"submit"})],
    ids=["no answer", "broken line"],
)
def test_a_submission_without_an_answer_is_unknown_until_the_broker_was_asked_and_is_never_doubled(
    line: OutsideBroker,
) -> None:
    journal, driver = over_the_line(line, deadline_s=0.1)
    assert events(journal, SubmissionUnknown)
    decided = [event.order.client_order_id for event in events(journal, OrderRequested)]
    sent = [what for call, what in line.calls if call == "submit"]
    assert sent == decided
    assert sorted(line.orders) == sorted(decided)
    fills = events(journal, OrderFilled)
    assert len({fill.trade_id for fill in fills}) == len(fills) == len(decided)
    book = driver.reducer.state.book
    assert not book.open_orders
    assert "reconciliation" not in book.breakers
    assert book.accounts["main"]["USD"].cash_e8 == line.cash_e8
    assert book.net_lots == {k: v for k, v in line.positions.items() if v}


# A live feed ---------------------------------------------------------------------------------


class HandClock:
    def __init__(self, now_ns: int) -> None:
        self.ns = now_ns

    def now_ns(self) -> int:
        return self.ns


def test_a_live_feed_goes_through_the_same_loop_and_its_cycles_wait_for_the_bars_of_others() -> None:
    mailbox, journal = Mailbox(), MemoryJournal()
    parts = SessionParts(make_reducer(), make_venue(), cycles=CycleSettings(gather_ns=0))
    driver = Driver(
        parts, journal, DirectOutbox(parts.venue), mailbox=mailbox, clock=HandClock(LONG_AGO_NS),
        settings=DriverSettings(),
    )  # type: ignore[arg-type]  # fmt: skip
    driver.take(session_start())
    driver.take(SessionOpened(ts_event=START_NS))
    for bar in random_bars(20):
        mailbox.put(Came(bar))
    mailbox.put(Closed("the stream ended"))
    run_live(driver)
    assert len(events(journal, Bar)) == 40
    assert events(journal, OrderFilled)
    assert events(journal, AccountMarked)
    assert events(journal, SessionEnded)[0].reason == "the stream ended"
    assert driver.reducer.state.book.accounts["main"]["USD"].paid_in_e8 == CASH_E8


def test_a_live_feed_that_dies_leaves_a_journal_that_can_go_on() -> None:
    mailbox, journal = Mailbox(), MemoryJournal()
    driver = drive(journal)
    driver.mailbox = mailbox
    driver.take(session_start())
    driver.take(SessionOpened(ts_event=START_NS))
    mailbox.put(Closed("", NetworkError("The stream is gone.", "Try again later.")))
    with pytest.raises(NetworkError, match="stream is gone"):
        run_live(driver)
    assert not events(journal, SessionEnded)
    assert journal.last_seq() == journal.next_seq - 1
    assert COIN.id


# Live, by the clock --------------------------------------------------------------------------


class Stepping:
    """A clock that goes on by a second at each look, from wherever it is put."""

    def __init__(self, now_ns: int) -> None:
        self.now = now_ns

    def now_ns(self) -> int:
        self.now += 1_000_000_000
        return self.now


def live_driver(journal: MemoryJournal, clock: Stepping, hands: Hands | None = None) -> Driver:
    parts = SessionParts(make_reducer(), make_venue())
    assert parts.venue is not None
    driver = Driver(parts, journal, DirectOutbox(parts.venue), inbox=hands, clock=clock, by_the_clock=True)  # type: ignore[arg-type]
    driver.take(session_start())
    driver.take(SessionOpened(ts_event=START_NS))
    return driver


def test_a_hole_that_is_filled_at_once_is_one_moment_and_not_a_hundred_decisions() -> None:
    journal, now = MemoryJournal(), START_NS + 200 * NS_PER_MINUTE
    driver = live_driver(journal, Stepping(now))
    for minute in range(1, 101):
        late = Bar(
            ts_event=START_NS + minute * NS_PER_MINUTE, ts_recv=now, instrument_id=STOCK.id, timeframe="1m",
            open=100.0, high=101.0, low=99.0, close=100.0,
        )  # fmt: skip
        driver.mailbox.put(Came(late))
    driver.mailbox.put(Closed("over"))
    driver.gather_ns = 3_600_000_000_000
    run_live(driver)
    assert len(events(journal, Bar)) == 100
    assert [event for event in events(journal, Timer) if event.name == TimerName.CYCLE] == []


def test_a_clock_behind_the_feed_never_takes_the_session_back() -> None:
    journal, hands = MemoryJournal(), Hands()
    driver = live_driver(journal, Stepping(START_NS - 10**15), hands)
    for bar in random_bars(3):
        driver.mailbox.put(Came(bar))
    hands.put(Command(ts_event=5, verb="kill", argument="freeze"))
    driver.mailbox.put(Closed("over"))
    driver.gather_ns = 0
    run_live(driver)
    stamps = [record.event.ts_event for record in journal.read()]
    assert stamps == sorted(stamps)
    assert events(journal, Command)[0].ts_event >= START_NS


def test_a_live_session_hears_people_by_the_clock_and_stops_when_told() -> None:
    journal, hands, now = MemoryJournal(), Hands(), START_NS + 7 * NS_PER_MINUTE
    driver = live_driver(journal, Stepping(now), hands)
    hands.put(Command(ts_event=5, verb="kill", argument="freeze"))
    threading.Timer(0.3, driver.stop, ["stopped by SIGTERM"]).start()
    run_live(driver)
    assert events(journal, Command)[0].ts_event > now, "when it was heard, though no bar came since"
    (ended,) = events(journal, SessionEnded)
    assert ended.reason == "stopped by SIGTERM"
    assert ended.ts_event > now


def test_no_snapshot_is_kept_while_a_late_model_still_takes_in_its_rows() -> None:
    host, mailbox, journal = SlowHost(), Mailbox(), MemoryJournal()
    reducer = make_reducer()
    reducer._factors = OneRow()
    parts = SessionParts(reducer, make_venue(), host)  # type: ignore[arg-type]
    asking = AskWorkers(host, mailbox, 0.05, time.monotonic)  # type: ignore[arg-type]
    settings = DriverSettings(snapshot_every=1)
    driver = Driver(
        parts, journal, DirectOutbox(parts.venue), asking=asking, mailbox=mailbox, settings=settings
    )  # type: ignore[arg-type]
    feed = list(whole_feed(2))
    for event in feed:
        take_recorded(driver, event)
    driver.cycle(feed[-1].ts_event)
    driver.wait_for_all()
    assert not asking.at_rest()
    before = journal.latest_snapshot()
    driver.keep_up(None)
    assert journal.latest_snapshot() == before
    host.free.set()
    while not asking.at_rest():
        time.sleep(0.01)
    driver.keep_up(None)
    assert journal.latest_snapshot() != before
    asking.close()
