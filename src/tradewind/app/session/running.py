"""Running a session on a recorded feed: as paper, or as a backtest; from its start or after a crash."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tradewind.app.home import Home
from tradewind.app.session.beforehand import batch_forecasts
from tradewind.app.session.blocked import telling
from tradewind.app.session.operators import signed
from tradewind.app.session.parts import make_feed, make_host, make_reducer, make_venue
from tradewind.app.session.plan import SessionPlan
from tradewind.core.book import Book
from tradewind.core.errors import ReplayDivergedError
from tradewind.core.events import AnyEvent, Command, SessionStarted
from tradewind.core.ports import SimulatedBroker
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import StageKind
from tradewind.engine.driver.asking import AskAtOnce, Asking, AskPrepared
from tradewind.engine.driver.cursor import rest_of_feed
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded
from tradewind.engine.driver.recovery import Recovered, recover
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.replay import ReplayReport, replay
from tradewind.journal.opening import open_inbox, open_reader, open_writer

Progress = Callable[[int, int, str], None]
Tell = Callable[[str], None]
SETTINGS = DriverSettings(commit_every=200, snapshot_every=5_000)


@dataclass(frozen=True)
class Ran:
    """A session that came to its end."""

    journal: Path
    book: Book
    records: int
    seconds: float
    resumed_from: int
    """Records that were in the journal already; 0 for a fresh session."""


def run_paper(
    plan: SessionPlan,
    on_progress: Progress | None = None,
    pace_s: float = 0.0,
    operator: str = "",
    tell: Tell | None = None,
) -> Ran:
    """Run or resume a paper session: live factor stage, model host, simulated venue, journal on disk.

    ``pace_s`` waits after each cycle, so that a dashboard can be watched. A journal that is there already is
    recovered (snapshot plus tail), and the feed goes on where it stood. ``operator`` is who lets a refused
    model trade, kept sealed in the override's record. ``tell`` hears when a breaker that only a person arms
    again stops new entries.
    """
    host, venue = make_host(plan), make_venue(plan)
    parts = SessionParts(make_reducer(plan, live_factors=True), venue, host)
    return _run(plan, parts, venue, lambda: AskAtOnce(host), on_progress, pace_s, operator, tell)


def run_backtest(plan: SessionPlan, on_progress: Progress | None = None, tell: Tell | None = None) -> Ran:
    """Run the same session with factor rows and forecasts computed in batch beforehand and merged in."""
    venue = make_venue(plan)
    parts = SessionParts(make_reducer(plan, live_factors=False), venue)

    def asking() -> Asking:
        return AskPrepared(batch_forecasts(plan), parts.schedule.last_ns)

    return _run(plan, parts, venue, asking, on_progress, tell=tell)


def replay_journal(plan: SessionPlan, journal: Path, on_progress: Progress | None = None) -> ReplayReport:
    """Run the journal's inputs through a fresh reducer; ReplayDivergedError where a decision differs."""
    with open_reader(journal) as reader:
        last = reader.last_seq()
        first = next(iter(reader.read(1, 2)), None)
        if first is None:
            message = f"The journal {journal} is empty."
            raise ReplayDivergedError(message, "Run a session first.", seq=1)
        begun = first.event
        live = isinstance(begun, SessionStarted) and begun.wiring.factors is StageKind.IN_LOOP

        def hear(record: object) -> None:
            seq = getattr(record, "seq", 0)
            if on_progress is not None and seq % 500 == 0:
                on_progress(seq, last, "")

        return replay(reader.read(), make_reducer(plan, live_factors=live), hear)


def _run(
    plan: SessionPlan,
    parts: SessionParts,
    venue: SimulatedBroker,
    asking: Callable[[], Asking],
    on_progress: Progress | None = None,
    pace_s: float = 0.0,
    operator: str = "",
    tell: Tell | None = None,
) -> Ran:
    started = time.perf_counter()
    path = Home(plan.config.home).make().journal(plan.session_id)
    with open_writer(path) as journal, closing(open_inbox(path)) as inbox:
        with open_reader(path) as reader:
            found = recover(reader, parts)
            inbox.settle(reader.read_kind(Command))
        driver = Driver(
            parts,
            journal,
            DirectOutbox(venue),
            asking=asking(),
            inbox=inbox,
            settings=SETTINGS,
            on_cycle=_each_cycle(plan, parts, on_progress, tell),
        )
        feed = go_on(driver, parts, venue, found, signed(make_feed(plan), path, operator))
        if feed is not None:
            run_recorded(driver, feed, pace_s)
        records = journal.next_seq - 1
    return Ran(path, parts.reducer.state.book, records, time.perf_counter() - started, found.last_seq)


def go_on(
    driver: Driver,
    parts: SessionParts,
    venue: SimulatedBroker,
    found: Recovered,
    feed: Iterable[AnyEvent],
) -> Iterable[AnyEvent] | None:
    """What of the feed is left to take, after broker and book agree; None where the session is at its end."""
    rest = rest_of_feed(feed, parts.cursor)
    if found.last_seq == 0:
        return rest
    first = next(iter(rest), None)
    if parts.reducer.state.ended and first is None:
        return None
    driver.reconcile(venue.reconcile(parts.reducer.state.started_ns), found.unanswered)
    if parts.reducer.state.ended:
        driver.reopen()
    return rest if first is None else chain((first,), rest)


def _each_cycle(
    plan: SessionPlan, parts: SessionParts, on_progress: Progress | None, tell: Tell | None
) -> Callable[[int], None]:
    """What is told after each cycle: how far the session is, and what has stopped it."""
    hears = [_progress(plan, on_progress)] if on_progress is not None else []
    if tell is not None:
        hears.append(telling(lambda: parts.reducer.state.book, tell))

    def hear(now_ns: int) -> None:
        for one in hears:
            one(now_ns)

    return hear


def _progress(plan: SessionPlan, on_progress: Progress) -> Callable[[int], None]:
    window = plan.config.session.window
    total = max((window.end_ns - window.start_ns) // NS_PER_DAY, 1)

    def hear(now_ns: int) -> None:
        day = (now_ns - window.start_ns) // NS_PER_DAY
        on_progress(min(int(day), total), total, "days")

    return hear
