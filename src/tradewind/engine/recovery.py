"""After a crash: snapshot plus tail gives the state back, and the feed goes on where the journal ends."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import msgspec

from tradewind.core.decisions import OrderRequested
from tradewind.core.events import AnyEvent, Command, Record, Timer
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.orders import BrokerReport, Pending
from tradewind.core.ports import JournalReader
from tradewind.core.vocabulary import TimerName
from tradewind.engine.reducer import Reducer
from tradewind.engine.replay import replay


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """Where the journal left off."""

    last_seq: int
    from_snapshot: int
    """Sequence of the snapshot that was used; 0 for a full replay."""
    replayed: int
    feed_events: int
    """How many events of the feed are in the journal already."""
    unanswered: tuple[OrderRequested, ...]
    """Orders that were decided and never answered; an external broker is asked, then sent them again."""
    since_ns: int = 0
    """From when on an external broker is asked what it reported: the session's first moment."""


def recover(
    journal: JournalReader,
    reducer: Reducer,
    *,
    host_in_loop: bool,
    use_snapshot: bool = True,
    on_record: Callable[[Record], None] | None = None,
) -> Recovered:
    """Rebuild ``reducer`` from the journal: the newest snapshot, then every record after it.

    Parameters
    ----------
    host_in_loop
        True where a model host answers inside the loop, so that forecasts and ``decide`` timers are not
        the feed's own.
    on_record
        Sees every record from the first on, to rebuild a simulated venue the same way.
    """
    snapshot = journal.latest_snapshot() if use_snapshot else None
    start = 1
    if snapshot is not None:
        seq, state = snapshot
        reducer.restore(state)
        start = seq + 1
    feed_events = first_ns = 0

    def note(record: Record) -> None:
        nonlocal feed_events, first_ns
        first_ns = first_ns or record.event.ts_event
        feed_events += _is_from_feed(record, host_in_loop)
        if on_record is not None:
            on_record(record)

    for record in journal.read(1, start):
        note(record)
    report = replay(journal.read(start), reducer, note)
    return Recovered(
        last_seq=journal.last_seq(),
        from_snapshot=start - 1,
        replayed=report.inputs + report.decisions,
        feed_events=feed_events,
        unanswered=_unanswered(reducer) if journal.last_seq() else (),
        since_ns=first_ns,
    )


def rest_of_feed(feed: Iterable[AnyEvent], recovered: Recovered) -> Iterator[AnyEvent]:
    """What of a recorded feed the journal does not hold yet."""
    return islice(iter(feed), recovered.feed_events, None)


def _unanswered(reducer: Reducer) -> tuple[OrderRequested, ...]:
    states = reducer.state.book.open_orders.values()
    return tuple(
        OrderRequested(ts_event=state.order.ts_decided, order=state.order)
        for state in states
        if isinstance(state, Pending)
    )


def _is_from_feed(record: Record, host_in_loop: bool) -> bool:
    event = record.event
    if record.cause or isinstance(event, BrokerReport | Command):
        return False
    if host_in_loop and isinstance(event, Forecast | ForecastFailed):
        return False
    return not (host_in_loop and isinstance(event, Timer) and event.name == TimerName.DECIDE)
