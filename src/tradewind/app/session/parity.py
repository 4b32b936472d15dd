"""A recorded session run again through the backtest: a recorded feed of its market, the simulated venue.

Where ``replay`` holds code against the recorded decisions, this holds the *backtest* against what happened:
other feed code, another venue, forecasts made anew. What differs is said, with why and what it cost.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from tradewind.app.session.parity_report import ParityReport, compared
from tradewind.app.session.parts import make_host, make_reducer, make_venue
from tradewind.app.session.plan import SessionPlan
from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdopted
from tradewind.core.book import Book
from tradewind.core.changes import CapitalAllocated, UniverseChosen
from tradewind.core.errors import JournalError
from tradewind.core.events import (
    AnyEvent,
    Command,
    ModelStatus,
    OverrideRecorded,
    Record,
    SessionOpened,
    SessionStarted,
    Wiring,
)
from tradewind.core.market import Bar, GaugeRead, Quote
from tradewind.core.vocabulary import CashReason
from tradewind.engine.driver.asking import AskAtOnce
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.rebuilt_book import KINDS, rebuild
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.opening import open_reader

Progress = Callable[[int, int, str], None]

_MARKET = (Bar, Quote, GaugeRead, CorporateAction, UniverseChosen, CapitalAllocated, Command, CashMoved)
_BEFORE = (Bar, ModelStatus, OverrideRecorded, PositionAdopted)


def parity_of(plan: SessionPlan, journal: Path, on_progress: Progress | None = None) -> ParityReport:
    """Run a session's day again through the backtest, and say what differs.

    ``plan`` is the session's own, as it was begun. Nothing is written.

    Raises
    ------
    JournalError
        The journal cannot be read, or holds no session.
    """
    with open_reader(journal) as reader:
        records = list(reader.read())
    again = MemoryJournal()
    with closing(again):
        host, venue = make_host(plan), make_venue(plan)
        parts = SessionParts(make_reducer(plan, live_factors=True), venue, host)
        settings = DriverSettings(commit_every=10_000)
        driver = Driver(parts, again, DirectOutbox(venue), asking=AskAtOnce(host), settings=settings)
        feed = list(_feed(records))
        run_recorded(driver, _told(feed, on_progress))
        again.commit()
        cash = (_cash_of(_last_book(records)), _cash_of(parts.reducer.state.book))
        return compared(records, list(again.read()), plan.instruments, cash)


def _last_book(records: Iterable[Record]) -> Book:
    """The book as the day left it."""
    book: Book | None = None
    for _, after in rebuild(record for record in records if isinstance(record.event, KINDS)):
        book = after
    if book is None:
        raise JournalError("The journal holds no session.", "Name the journal of a session.")
    return book


def _cash_of(book: Book) -> dict[str, int]:
    """Cash over all accounts, in 1e-8 by currency."""
    found: dict[str, int] = {}
    for ledgers in book.accounts.values():
        for currency, ledger in ledgers.items():
            found[currency] = found.get(currency, 0) + ledger.cash_e8
    return found


def _feed(records: Iterable[Record]) -> Iterator[AnyEvent]:
    """What the market did and what people asked for, in the order of when it happened, as a backtest has it.

    A bar is known at its close there, however late it came on the day. Reports, timers and forecasts are the
    run's own; cash that moved by itself is kept.
    """
    market: list[AnyEvent] = []
    opened = False
    for record in records:
        event = record.event
        if record.cause:
            continue
        if isinstance(event, SessionStarted):
            yield msgspec.structs.replace(event, wiring=Wiring())
        elif isinstance(event, SessionOpened):
            if not opened:
                yield event
            opened = True
        elif not opened:
            if isinstance(event, _BEFORE):
                yield event
        elif isinstance(event, CashMoved) and event.reason is CashReason.COINS:
            continue  # what the broker's own fees took of a position
        elif isinstance(event, _MARKET):
            market.append(_at_its_time(event))
    yield from sorted(market, key=lambda event: event.ts_event)


def _at_its_time(event: AnyEvent) -> AnyEvent:
    if isinstance(event, Bar | Quote) and event.ts_recv:
        return msgspec.structs.replace(event, ts_recv=0)
    return event


def _told(feed: list[AnyEvent], on_progress: Progress | None) -> Iterator[AnyEvent]:
    for number, event in enumerate(feed):
        if on_progress is not None and number % 500 == 0:
            on_progress(number, len(feed), "")
        yield event
