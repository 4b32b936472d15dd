"""Random sessions: several strategies, accounts, venues and currencies, corporate actions, cash, and crashes.

After every event the books are held against a second reckoning from the records alone. Replay gives the same
bytes, and a session that crashed ends as one that did not.
"""

from collections.abc import Sequence

from engine_parts import OpenGate, QuietBoard
from hypothesis import given, settings
from hypothesis import strategies as st
from own_ledger import OwnLedger
from random_session import INSTRUMENTS, TERMS, Market, PatchyVenue, Roamer, planner, session_start

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted, TradeClosed
from tradewind.core.events import AnyEvent, SessionStarted, SnapshotTaken, encode_event
from tradewind.core.market import Event
from tradewind.core.orders import OrderFilled
from tradewind.core.ports import BreakerBoard as Board
from tradewind.engine.driver.cursor import rest_of_feed
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded, take_recorded
from tradewind.engine.driver.recovery import recover
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.feeds import recorded_feed
from tradewind.engine.reducer import Reducer
from tradewind.engine.replay import replay
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue
from tradewind.journal.memory import MemoryJournal
from tradewind.risk.board import BreakerBoard

LOSSES = ("daily_loss", "losing_trades", "rapid_loss", "position_loss")


class Checked(Reducer):
    """Holds the book against the second reckoning after every event."""

    own: OwnLedger | None = None

    def step(self, event: AnyEvent) -> list[Event]:
        made = super().step(event)
        if isinstance(event, SessionStarted):
            self.own = OwnLedger(event)
        assert self.own is not None
        self.own.take(event, made)
        self.own.check(self.state.book)
        return made


def board_of(watched: bool) -> Board:
    return BreakerBoard(INSTRUMENTS, breakers=LOSSES) if watched else QuietBoard()


def parts_of(seed: int, watched: bool, kind: type[Reducer] = Reducer) -> SessionParts:
    """Every other session goes to the simulated venue, the rest to one that does what it likes."""
    roamers = [Roamer(terms, seed) for terms in TERMS]
    faults = VenueSettings(reject_rate=0.05, volume_share=1e-5)
    venue = SimulatedVenue(INSTRUMENTS, faults, seed) if seed % 2 else PatchyVenue(seed)
    return SessionParts(kind(roamers, OpenGate(), board_of(watched), planner), venue)


def driver_of(journal: MemoryJournal, parts: SessionParts, commit: int, snapshot: int) -> Driver:
    assert parts.venue is not None
    chosen = DriverSettings(commit_every=commit, snapshot_every=snapshot)
    return Driver(parts, journal, DirectOutbox(parts.venue), settings=chosen)


def feed_of(seed: int, length: int) -> list[AnyEvent]:
    market = Market(seed)
    warmup = market.warmup()
    return list(recorded_feed(session_start(), warmup, market.minutes(length), market_open(warmup)))  # type: ignore[arg-type]


def market_open(warmup: Sequence[AnyEvent]) -> int:
    return warmup[-1].ts_event + 1


def bodies(journal: MemoryJournal) -> list[bytes]:
    return [encode_event(r.event) for r in journal.read() if not isinstance(r.event, SnapshotTaken)]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(20, 300), watched=st.booleans())
def test_after_every_event_the_books_are_what_the_records_say(seed: int, length: int, watched: bool) -> None:
    feed, journal = feed_of(seed, length), MemoryJournal()
    parts = parts_of(seed, watched, Checked)
    run_recorded(driver_of(journal, parts, 50, 0), feed)
    report = replay(journal.read(), parts_of(seed, watched).reducer)
    assert report.last_seq == journal.last_seq()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    watched=st.booleans(),
    lives=st.lists(st.integers(1, 90), min_size=1, max_size=4),
    snapshot=st.sampled_from([0, 9, 60]),
    commit=st.sampled_from([1, 25]),
)
def test_the_end_after_crashes_is_the_end_without(
    seed: int, watched: bool, lives: list[int], snapshot: int, commit: int
) -> None:
    feed = feed_of(seed, 150)
    whole = MemoryJournal()
    unbroken = parts_of(seed, watched)
    run_recorded(driver_of(whole, unbroken, commit, snapshot), feed)
    journal = MemoryJournal()
    for life in lives:
        journal, parts = committed(journal), parts_of(seed, watched)
        recover(journal, parts)
        driver = driver_of(journal, parts, commit, snapshot)
        for event, _ in zip(rest_of_feed(feed, parts.cursor), range(life), strict=False):
            take_recorded(driver, event)
    journal, parts = committed(journal), parts_of(seed, watched)
    recover(journal, parts)
    run_recorded(driver_of(journal, parts, commit, snapshot), rest_of_feed(feed, parts.cursor))
    assert bodies(journal) == bodies(whole)
    assert parts.reducer.state.book.equity_e8 == unbroken.reducer.state.book.equity_e8


def committed(journal: MemoryJournal) -> MemoryJournal:
    """What a crash leaves: the records that were durable, and the snapshots among them."""
    left = MemoryJournal()
    kept = journal._snapshots
    for record in journal.read():
        if record.seq in kept:
            left.save_snapshot(record.event.ts_event, kept[record.seq])
        else:
            left.append(record.event, record.cause)
    left.commit()
    return left


def test_these_sessions_hold_what_they_are_meant_to_hold() -> None:
    seen: dict[type, int] = {}
    currencies = set()
    for seed in range(5):
        journal = MemoryJournal()
        run_recorded(driver_of(journal, parts_of(seed, False), 50, 0), feed_of(seed, 300))
        for record in journal.read():
            seen[type(record.event)] = seen.get(type(record.event), 0) + 1
            if isinstance(record.event, CashMoved):
                currencies.add(record.event.currency)
    for kind in (OrderFilled, CorporateAction, PositionAdjusted, TradeClosed, CashMoved):
        assert seen[kind] >= 20, kind
    assert currencies == {"USD", "EUR", "GBP", "JPY", "VND"}
