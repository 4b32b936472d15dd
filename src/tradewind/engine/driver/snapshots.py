"""Everything stateful in one snapshot: reducer, venue, models, feed cursor and schedule.

Each part is kept as bytes under its name. The parts are also what a restart brings up to date with the
records
after the snapshot, so a part that is forgotten here would show as a session that ends otherwise after a
crash.
"""

from dataclasses import dataclass, field

import msgspec

from tradewind.core.errors import JournalError
from tradewind.core.ports import BesideLoop, ModelHost
from tradewind.engine.driver.cursor import FeedCursor
from tradewind.engine.driver.schedule import CycleSettings, Schedule
from tradewind.engine.reducer import Reducer


@dataclass
class SessionParts:
    """What a session is made of, as far as it remembers anything.

    ``venue`` is the simulated venue, or the gate beside a broker outside of the process; None where there is
    neither. ``host`` is None where models live elsewhere.
    """

    reducer: Reducer
    venue: BesideLoop | None = None
    host: ModelHost | None = None
    cursor: FeedCursor = field(default_factory=FeedCursor)
    schedule: Schedule = field(default_factory=Schedule)
    cycles: CycleSettings = field(default_factory=CycleSettings)
    snapshot_at: int = 1
    """Sequence after the newest snapshot's record: from there the next one is counted."""


class _Blob(msgspec.Struct, kw_only=True):
    reducer: bytes
    venue: bytes | None
    host: bytes | None
    cursor: FeedCursor
    schedule: Schedule


_decoder = msgspec.msgpack.Decoder(_Blob)


def encode_parts(parts: SessionParts) -> bytes:
    """All parts as bytes; equal states give equal bytes."""
    return msgspec.msgpack.encode(
        _Blob(
            reducer=parts.reducer.snapshot(),
            venue=None if parts.venue is None else parts.venue.snapshot(),
            host=None if parts.host is None else parts.host.snapshot(),
            cursor=parts.cursor,
            schedule=parts.schedule,
        )
    )


def restore_parts(parts: SessionParts, state: bytes) -> None:
    """Bring all parts to a snapshot's state.

    Raises
    ------
    JournalError
        The bytes are no snapshot, or one of a session that was put together otherwise.
    """
    try:
        blob = _decoder.decode(state)
    except msgspec.DecodeError as error:
        message = f"The snapshot cannot be read: {error}."
        raise JournalError(message, "Recover from the first record: the records are not affected.") from error
    if (blob.venue is None) != (parts.venue is None) or (blob.host is None) != (parts.host is None):
        message = "The snapshot is of a session with another venue or other models."
        raise JournalError(message, "Go on with the wiring that the session was begun with.")
    parts.reducer.restore(blob.reducer)
    if parts.venue is not None and blob.venue is not None:
        parts.venue.restore(blob.venue)
    if parts.host is not None and blob.host is not None:
        parts.host.restore(blob.host)
    parts.cursor, parts.schedule = blob.cursor, blob.schedule
