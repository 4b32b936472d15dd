"""Which records of a commit are wanted, decoded: by range, by kind, by key."""

from collections.abc import Iterator

from tradewind.core.events import Record
from tradewind.journal.kinds import KEYS, has_marker
from tradewind.journal.rows import Unpacked
from tradewind.journal.versions import record_of


def records_of(
    unpacked: Unpacked, start: int, stop: int, wanted: tuple[bytes, ...] = (), *, newest_first: bool = False
) -> Iterator[Record]:
    """Records with ``start <= seq < stop``; with ``wanted`` (markers of kinds) only those are decoded."""
    first, bodies = unpacked.first, unpacked.bodies
    span = range(max(start - first, 0), min(stop - first, len(bodies)))
    for at in reversed(span) if newest_first else span:
        if not wanted or has_marker(bodies[at], wanted):
            yield record_of(unpacked.line(at))


def carries(record: Record, key: str) -> bool:
    """Whether the record's event has ``key`` as a client order id or decision id."""
    keys = KEYS[type(record.event)]
    return keys is not None and key in keys(record.event)
