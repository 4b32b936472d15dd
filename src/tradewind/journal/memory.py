"""The journal in memory: the same chain, writer and reader in one, for backtests and benchmarks."""

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

from tradewind.core.errors import JournalError
from tradewind.core.events import Record, encode_event
from tradewind.core.market import Event
from tradewind.journal.chain import CODE_VERSION, GENESIS, START, Line, Link, hashes_of, version_stamp
from tradewind.journal.kinds import KEYED, KEYS, TAGS, has_marker, kind_of, kind_tags, markers
from tradewind.journal.selecting import carries
from tradewind.journal.snapshots import KEPT, check_snapshot, taken
from tradewind.journal.versions import record_of

_KEYED_MARKERS = markers(sorted(TAGS[kind] for kind in KEYED))


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
        self._by_kind: dict[str, list[int]] = {}
        self._by_key: dict[str, list[int]] = {}
        self._indexed = 0

    @property
    def next_seq(self) -> int:
        """Sequence that the next record will have; the first is 1."""
        return len(self._bodies) + 1

    def append(self, event: Event, cause: int = 0) -> int:
        """Add a record and return its sequence. ``cause`` 0 marks an input."""
        bodies = self._bodies
        seq = len(bodies) + 1
        if self._closed or not 0 <= cause < seq or type(event) not in KEYS:
            raise self._refusal(seq, cause, event)
        bodies.append(encode_event(event))
        self._causes.append(cause)
        return seq

    def commit(self) -> None:
        """Let readers see all that was appended."""
        done = self._committed
        if done < len(self._bodies):
            fresh = hashes_of(self._hash, done + 1, self._causes[done:], self._stamp, self._bodies[done:])
            self._hashes += fresh
            self._hash = fresh[-1]
            self._committed = len(self._bodies)

    def save_snapshot(self, ts_event: int, state: bytes) -> int:
        """Keep the state as it is after the last record, and append the record that vouches for it.

        Returns the sequence of that record.
        """
        seq = self.append(taken(ts_event, len(self._bodies), state))
        self._snapshots[seq] = state
        for old in sorted(self._snapshots)[:-KEPT]:
            del self._snapshots[old]
        return seq

    def close(self) -> None:
        """Commit; it can still be read, but takes no more records."""
        self.commit()
        self._closed = True

    def read(
        self, start: int = 1, stop: int | None = None, *, newest_first: bool = False
    ) -> Iterator[Record]:
        """Records with ``start <= seq < stop``, oldest first unless asked otherwise."""
        end = self._committed + 1 if stop is None else min(stop, self._committed + 1)
        span = range(max(start, 1), end)
        return map(self._record, reversed(span) if newest_first else span)

    def read_kind(
        self,
        *kinds: type[msgspec.Struct],
        start: int = 1,
        stop: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Record]:
        """Records whose event is one of ``kinds``, by index; the others are not decoded."""
        tags = kind_tags(kinds)
        self._bring_index_up()
        found = [self._by_kind.get(tag, []) for tag in tags]
        seqs = found[0] if len(found) == 1 else sorted(seq for each in found for seq in each)
        return map(self._record, _between(seqs, start, stop, newest_first=newest_first))

    def read_key(
        self,
        key: str,
        *kinds: type[msgspec.Struct],
        start: int = 1,
        stop: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Record]:
        """Records that carry ``key`` as client order id or decision id, of ``kinds`` where some are named."""
        wanted = markers(kind_tags(kinds)) if kinds else ()
        self._bring_index_up()
        for seq in _between(self._by_key.get(key, []), start, stop, newest_first=newest_first):
            if not wanted or has_marker(self._bodies[seq - 1], wanted):
                record = self._record(seq)
                if carries(record, key):
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
        """Newest ``(seq, state)`` that is committed; JournalBrokenError when the chain names another."""
        kept = [seq for seq in self._snapshots if seq <= self._committed]
        if not kept:
            return None
        seq = max(kept)
        check_snapshot(seq, self._snapshots[seq], self._record(seq))
        return seq, self._snapshots[seq]

    def _record(self, seq: int) -> Record:
        at = seq - 1
        return record_of(Line(seq, self._causes[at], self._stamp[:-1], self._bodies[at], self._hashes[at]))

    def _bring_index_up(self) -> None:
        """Index what was committed since the last question: appending stays as cheap as it can be."""
        for seq in range(self._indexed + 1, self._committed + 1):
            body = self._bodies[seq - 1]
            self._by_kind.setdefault(kind_of(body, seq), []).append(seq)
            if has_marker(body, _KEYED_MARKERS):
                event = self._record(seq).event
                keys = KEYS[type(event)]
                for key in set(keys(event)) if keys is not None else ():
                    self._by_key.setdefault(key, []).append(seq)
        self._indexed = self._committed

    def _refusal(self, seq: int, cause: int, event: Event) -> JournalError:
        if self._closed:
            return JournalError("The journal is closed.", "Open a new one.")
        if type(event) not in KEYS:
            message = f"{type(event).__name__} is not an event that a journal holds."
            return JournalError(message, "Append the types of tradewind.core.events.AnyEvent.")
        message = f"Record {seq} cannot be caused by record {cause}."
        return JournalError(message, "Give 0 for an input, else the sequence of an earlier record.")


def _between(seqs: list[int], start: int, stop: int | None, *, newest_first: bool) -> list[int]:
    low = bisect_left(seqs, start)
    high = len(seqs) if stop is None else bisect_left(seqs, stop)
    return seqs[low:high][::-1] if newest_first else seqs[low:high]
