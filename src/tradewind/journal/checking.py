"""One commit after the other, checked whole: chain, decoding, and what the indexes must say of it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tradewind.core.events import SCHEMA_VERSION, AnyEvent
from tradewind.journal.chain import Link
from tradewind.journal.kinds import KEYS, TAGS, kind_of
from tradewind.journal.rows import Row, Unpacked, follow
from tradewind.journal.versions import DECODE_FAULTS, decoder_for, record_of, schema_of


@dataclass
class IndexSums:
    """Entries of an index as their number and a sum that any other set of entries would miss."""

    entries: int = 0
    total: int = 0

    def add(self, entries: Iterable[tuple[str, int]]) -> None:
        """Count ``(value, first record of the commit)``, in whatever order."""
        for value, first in entries:
            digest = hashlib.sha256(b"%d:%s" % (first, value.encode("utf-8", "surrogatepass"))).digest()
            self.total = (self.total + int.from_bytes(digest[:16], "big")) & (1 << 128) - 1
            self.entries += 1


class Found(NamedTuple):
    """What a commit is found by."""

    kinds: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()


@dataclass
class Checked:
    """How far a check has come, and what it has seen. Times are UTC ns."""

    link: Link
    first_ts: int = 0
    last_ts: int = 0
    kinds: IndexSums = field(default_factory=IndexSums)
    keys: IndexSums = field(default_factory=IndexSums)
    found: Found = field(default_factory=Found)
    """Of the commit that was taken in last."""


def check_row(checked: Checked, row: Row) -> Unpacked:
    """Take one more commit into ``checked``, and give its records.

    Raises
    ------
    JournalBrokenError
        ``seq`` is the first record that does not follow, or that holds no event known here.
    """
    unpacked = follow(row, checked.link)
    events = _decoded(unpacked)
    checked.found = _found_by(unpacked, events)
    checked.kinds.add((kind, row.first) for kind in checked.found.kinds)
    checked.keys.add((key, row.first) for key in checked.found.keys)
    if row.first == 1:
        checked.first_ts = events[0].ts_event
    checked.last_ts = events[-1].ts_event
    checked.link = Link(row.last, row.hash)
    return unpacked


def _decoded(unpacked: Unpacked) -> list[AnyEvent]:
    try:
        return list(map(decoder_for(unpacked.version), unpacked.bodies))
    except DECODE_FAULTS:
        for line in unpacked.lines():
            record_of(line)
        raise


def _found_by(unpacked: Unpacked, events: list[AnyEvent]) -> Found:
    """Kinds and keys of the records, as the indexes ought to have them."""
    if schema_of(unpacked.version) == SCHEMA_VERSION:
        kinds = {TAGS[kind] for kind in set(map(type, events))}
    else:
        kinds = {kind_of(body, unpacked.first + at) for at, body in enumerate(unpacked.bodies)}
    keys: set[str] = set()
    for event in events:
        if (found := KEYS[type(event)]) is not None:
            keys.update(found(event))
    return Found(frozenset(kinds), frozenset(keys))
