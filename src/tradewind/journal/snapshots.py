"""States kept beside the records, each tied to the chain by the record that says it was taken.

A snapshot saves time and is never the truth. But it is traded on, so one that is not what its chained record
says is refused by name: whoever could change it could have made the session believe anything.
"""

import hashlib

from tradewind.core.errors import JournalBrokenError
from tradewind.core.events import Record, SnapshotTaken

KEPT = 3


def taken(ts_event: int, of_seq: int, state: bytes) -> SnapshotTaken:
    """The record of a state as it was after record ``of_seq``."""
    digest = hashlib.sha256(state).hexdigest()
    return SnapshotTaken(ts_event=ts_event, of_seq=of_seq, sha256=digest, size=len(state))


def check_snapshot(seq: int, state: bytes, record: Record | None) -> None:
    """Refuse a state that record ``seq`` does not vouch for.

    Raises
    ------
    JournalBrokenError
        There is no such record, or its hash is of another state.
    """
    event = None if record is None else record.event
    if not isinstance(event, SnapshotTaken):
        what = f"record {seq} says nothing of it"
    elif event.of_seq != seq - 1 or event.size != len(state):
        what = f"record {seq} is of another state"
    elif (found := hashlib.sha256(state).hexdigest()) != event.sha256:
        what = f"its hash is {found[:16]}, but record {seq} says {event.sha256[:16]}"
    else:
        return
    message = f"The snapshot of record {seq} was changed after it was taken: {what}."
    next_step = (
        "Find out who changed it; `tradewind journal export NAME TARGET` makes a copy without it, "
        "from which the session can go on."
    )
    raise JournalBrokenError(message, next_step, seq=seq)
