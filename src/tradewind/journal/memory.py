"""The journal in memory: the same chain, writer and reader in one, for backtests and benchmarks."""

from collections.abc import Iterator

import msgspec

from tradewind.core.errors import JournalError
from tradewind.core.events import Record, encode_event
from tradewind.core.market import Event
from tradewind.journal.chain import CODE_VERSION, GENESIS, START, Line, Link, next_hash, version_stamp
from tradewind.journal.kinds import kind_markers
from tradewind.journal.records import record_of
from tradewind.journal.snapshots import KEPT


class MemoryJournal:
    """Keeps encoded records in lists; readers see what is committed, as with a file."""

    def __init__(self, *, version: str = CODE_VERSION) -> None:
        self.version = version
        self._stamp = version_stamp(version)
        self._hash = GENESIS
        self._causes: list[int] = []
        self._bodies: list[bytes] = []
        self._hashes: list[bytes] = []
        self._committed = 0
        self._snapshots: dict[int, bytes] = {}
        self._closed = False

    @property
    def next_seq(self) -> int:
        """Sequence that the next record will have; the first is 1."""
        return len(self._bodies) + 1

    def append(self, event: Event, cause: int = 0) -> int:
        """Add a record and return its sequence. ``cause`` 0 marks an input."""
        bodies = self._bodies
        seq = len(bodies) + 1
        if self._closed or not 0 <= cause < seq:
            raise self._refusal(seq, cause)
        body = encode_event(event)
        self._hash = link = next_hash(self._hash, seq, cause, self._stamp, body)
        bodies.append(body)
        self._causes.append(cause)
        self._hashes.append(link)
        return seq

    def commit(self) -> None:
        """Let readers see all that was appended."""
        self._committed = len(self._bodies)

    def save_snapshot(self, seq: int, state: bytes) -> None:
        """Keep the reducer's state as it was after record ``seq``."""
        if not 0 < seq <= len(self._bodies):
            message = f"A snapshot cannot be of record {seq}: the last is {len(self._bodies)}."
            raise JournalError(message, "Take it after the record was appended.")
        self._snapshots[seq] = state
        for old in sorted(self._snapshots)[:-KEPT]:
            del self._snapshots[old]

    def close(self) -> None:
        """Commit; it can still be read, but takes no more records."""
        self.commit()
        self._closed = True

    def read(self, start: int = 1, stop: int | None = None) -> Iterator[Record]:
        """Records with ``start <= seq < stop`` in order, without checking the chain."""
        for line in self.lines(start, stop):
            yield record_of(line)

    def read_kind(
        self, *kinds: type[msgspec.Struct], start: int = 1, stop: int | None = None
    ) -> Iterator[Record]:
        """Records whose event is one of ``kinds``; the others are not decoded."""
        markers = kind_markers(kinds)
        for line in self.lines(start, stop):
            if any(marker in line.body for marker in markers):
                record = record_of(line)
                if isinstance(record.event, kinds):
                    yield record

    def lines(self, start: int = 1, stop: int | None = None) -> Iterator[Line]:
        """Records as they are stored, for checking the chain."""
        end = self._committed if stop is None else min(stop - 1, self._committed)
        version = self._stamp[:-1]
        for i in range(max(start, 1) - 1, end):
            yield Line(i + 1, self._causes[i], version, self._bodies[i], self._hashes[i])

    def head(self) -> Link:
        """Last committed sequence and its hash."""
        return Link(self._committed, self._hashes[self._committed - 1]) if self._committed else START

    def last_seq(self) -> int:
        """Sequence of the newest committed record, 0 when empty."""
        return self._committed

    def latest_snapshot(self) -> tuple[int, bytes] | None:
        """Newest ``(seq, state)`` of a committed record."""
        kept = [seq for seq in self._snapshots if seq <= self._committed]
        return (max(kept), self._snapshots[max(kept)]) if kept else None

    def _refusal(self, seq: int, cause: int) -> JournalError:
        if self._closed:
            return JournalError("The journal is closed.", "Open a new one.")
        message = f"Record {seq} cannot be caused by record {cause}."
        return JournalError(message, "Give 0 for an input, else the sequence of an earlier record.")
