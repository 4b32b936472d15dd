"""Running a session on a replayed feed: as paper, or as a backtest; from its start or after a crash."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tradewind.app.home import Home
from tradewind.app.session.beforehand import batch_forecasts
from tradewind.app.session.parts import make_feed, make_host, make_reducer, make_venue
from tradewind.app.session.plan import SessionPlan
from tradewind.core.book import Book
from tradewind.core.errors import ReplayDivergedError
from tradewind.core.events import AnyEvent, Command, SessionEnded, SessionStarted, Timer
from tradewind.core.ports import ModelHost
from tradewind.core.vocabulary import StageKind, TimerName
from tradewind.engine.recovery import Recovered, recover, rest_of_feed
from tradewind.engine.reducer import Reducer
from tradewind.engine.replay import ReplayReport, replay
from tradewind.engine.session import Session
from tradewind.execution.venue.simulated import SimulatedVenue
from tradewind.journal.inbox import Inbox
from tradewind.journal.sqlite import SqliteJournal
from tradewind.journal.sqlite_reader import SqliteJournalReader

Progress = Callable[[int, int, str], None]
COMMIT_EVERY = 200
SNAPSHOT_EVERY = 5_000


@dataclass(frozen=True)
class Ran:
    """A session that came to its end."""

    journal: Path
    book: Book
    records: int
    seconds: float
    resumed_from: int
    """Records that were in the journal already; 0 for a fresh session."""


def run_paper(plan: SessionPlan, on_progress: Progress | None = None, pace_s: float = 0.0) -> Ran:
    """Run or resume a paper session: live factor stage, model host, simulated venue, journal on disk.

    ``pace_s`` waits after each cycle, so that a dashboard can be watched. A journal that is there already is
    recovered (snapshot plus tail), and the feed goes on where it ends.
    """
    return _run(plan, make_feed(plan), make_host(plan), True, on_progress, pace_s)


def run_backtest(plan: SessionPlan, on_progress: Progress | None = None) -> Ran:
    """Run the same session with factor rows and forecasts computed in batch beforehand and merged in."""
    feed = make_feed(plan, iter(batch_forecasts(plan)))
    return _run(plan, feed, None, False, on_progress, 0.0)


def replay_journal(plan: SessionPlan, journal: Path, on_progress: Progress | None = None) -> ReplayReport:
    """Run the journal's inputs through a fresh reducer; ReplayDivergedError where a decision differs."""
    with SqliteJournalReader(journal) as reader:
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
    feed: Iterable[AnyEvent],
    host: ModelHost | None,
    live_factors: bool,
    on_progress: Progress | None,
    pace_s: float,
) -> Ran:
    started = time.perf_counter()
    home = Home(plan.config.home).make()
    path = home.journal(plan.session_id)
    reducer, venue = make_reducer(plan, live_factors=live_factors), make_venue(plan)
    with SqliteJournal(path) as journal:
        inbox = Inbox(path.with_suffix(".inbox"))
        try:
            found = _recovered(journal, reducer, venue, inbox, host_in_loop=host is not None)
            session = Session(
                reducer, journal, venue, host, commit_every=COMMIT_EVERY, snapshot_every=SNAPSHOT_EVERY
            )
            session.reconcile(found)
            for event in _watched(rest_of_feed(feed, found), plan, on_progress, pace_s):
                session.take(event)
                if (
                    isinstance(event, Timer)
                    and event.name == TimerName.CYCLE
                    and _obey(session, journal, inbox)
                ):
                    session.take(SessionEnded(ts_event=event.ts_event, reason="a person stopped it"))
                    break
            session.commit()
        finally:
            inbox.close()
        records = journal.next_seq - 1
    seconds = time.perf_counter() - started
    return Ran(path, reducer.state.book, records, seconds, found.last_seq)


def _recovered(
    journal: SqliteJournal, reducer: Reducer, venue: SimulatedVenue, inbox: Inbox, *, host_in_loop: bool
) -> Recovered:
    """State, venue and inbox as they were when the journal's last record was written."""
    seen: list[AnyEvent] = []
    with journal.reader() as reader:
        found = recover(
            reader, reducer, host_in_loop=host_in_loop, on_record=lambda record: seen.append(record.event)
        )
        venue.rebuild(seen)
        inbox.settle(reader.read_kind(Command))
    return found


def _obey(session: Session, journal: SqliteJournal, inbox: Inbox) -> bool:
    """Take what people asked for: journaled as it is, made durable, and only then acknowledged.

    True when one of them stops the session.
    """
    stopped = False
    for entry, command in inbox.take():
        seq = journal.next_seq
        session.take(command)
        session.commit()
        inbox.acknowledge(entry, seq)
        stopped = stopped or command.verb == "stop"
    return stopped


def _watched(
    feed: Iterable[AnyEvent], plan: SessionPlan, on_progress: Progress | None, pace_s: float
) -> Iterator[AnyEvent]:
    window = plan.config.session.window
    total = max((window.end_ns - window.start_ns) // 86_400_000_000_000, 1)
    for event in feed:
        yield event
        if isinstance(event, Timer) and event.name == TimerName.CYCLE:
            day = (event.ts_event - window.start_ns) // 86_400_000_000_000
            if on_progress is not None:
                on_progress(min(int(day), total), total, "days")
            if pace_s:
                time.sleep(pace_s)
