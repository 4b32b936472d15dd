"""After a crash: everything stateful from the newest snapshot, then the records after it.

How long a start takes depends on the records since the newest snapshot, not on the journal's length.
"""

from collections.abc import Callable

import msgspec

from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.events import AnyEvent, Record, SnapshotTaken
from tradewind.core.forecasts import FactorRow
from tradewind.core.journal_ports import JournalReader
from tradewind.core.orders import UNANSWERED
from tradewind.engine.driver.snapshots import SessionParts, restore_parts
from tradewind.engine.replay import replay
from tradewind.engine.state import EngineState


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """Where the journal left off."""

    last_seq: int = 0
    from_snapshot: int = 0
    """Sequence of the snapshot's record that was used; 0 for a full replay."""
    replayed: int = 0
    unanswered: tuple[OrderRequested, ...] = ()
    """Orders that were decided and never answered: a venue inside the process is sent them again, a broker
    outside is asked about them."""
    uncanceled: tuple[CancelRequested, ...] = ()
    """Cancels that were decided, of orders that are still open, at a broker outside."""


def recover(
    journal: JournalReader,
    parts: SessionParts,
    *,
    use_snapshot: bool = True,
    on_record: Callable[[Record], None] | None = None,
) -> Recovered:
    """Bring every part to where the journal ends.

    Parameters
    ----------
    on_record
        Sees every record after the snapshot.

    Raises
    ------
    ReplayDivergedError
        Fresh code decides otherwise than recorded, or a venue reports otherwise.
    """
    snapshot = journal.latest_snapshot() if use_snapshot else None
    start = 1
    if snapshot is not None:
        seq, state = snapshot
        restore_parts(parts, state)
        start = parts.snapshot_at = seq + 1
    tail = _Tail(parts, on_record)
    report = replay(journal.read(start), parts.reducer, tail.note)
    if parts.venue is not None:
        parts.venue.rebuild(tail.events)
    last_seq = journal.last_seq()
    return Recovered(
        last_seq=last_seq,
        from_snapshot=start - 1,
        replayed=report.inputs + report.decisions,
        unanswered=_unanswered(parts) if last_seq else (),
        uncanceled=_uncanceled(journal, parts.reducer.state) if last_seq else (),
    )


class _Tail:
    """Follows the records after the snapshot for the parts beside the reducer."""

    def __init__(self, parts: SessionParts, on_record: Callable[[Record], None] | None) -> None:
        self._parts, self._on_record = parts, on_record
        self.events: list[AnyEvent] = []

    def note(self, record: Record) -> None:
        event, parts = record.event, self._parts
        if self._parts.venue is not None:
            self.events.append(event)
        parts.cursor.observe(record)
        if record.cause == 0:
            parts.schedule.note(event, parts.cycles)
        if isinstance(event, SnapshotTaken):
            parts.snapshot_at = record.seq + 1
        elif isinstance(event, FactorRow) and parts.host is not None:
            parts.host.observe((event,))
        if self._on_record is not None:
            self._on_record(record)


def _uncanceled(journal: JournalReader, state: EngineState) -> tuple[CancelRequested, ...]:
    """The newest cancel of each open order; a venue inside the process has answered all of its own."""
    wanted = dict.fromkeys(state.book.open_orders) if state.external else {}
    oldest_ns = min((one.order.ts_decided for one in state.book.open_orders.values()), default=0)
    found = []
    for record in journal.read_kind(CancelRequested, newest_first=True) if wanted else ():
        event = record.event
        if not wanted or event.ts_event < oldest_ns:
            break
        if isinstance(event, CancelRequested) and event.client_order_id in wanted:
            del wanted[event.client_order_id]
            found.append(event)
    return tuple(found)


def _unanswered(parts: SessionParts) -> tuple[OrderRequested, ...]:
    states = parts.reducer.state.book.open_orders.values()
    return tuple(
        OrderRequested(ts_event=state.order.ts_decided, order=state.order)
        for state in states
        if isinstance(state, UNANSWERED)
    )
