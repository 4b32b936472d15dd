"""The journal's file as anyone may read it, while another process writes."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tradewind.core.events import Record
from tradewind.journal.chain import Line, Link
from tradewind.journal.kinds import kind_markers
from tradewind.journal.records import record_of
from tradewind.journal.snapshots import SnapshotSearch, newest_sound
from tradewind.journal.sqlite_faults import plain_errors
from tradewind.journal.sqlite_file import open_to_read, read_extent, read_head, read_lines


class SqliteJournalReader:
    """Reads only; sees what is durable and nothing else. One reader may be used from several threads.

    Raises
    ------
    JournalError
        There is no journal at ``path``, or the file is something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        with plain_errors(self.path):
            self._file = open_to_read(self.path)

    def read(self, start: int = 1, stop: int | None = None) -> Iterator[Record]:
        """Records with ``start <= seq < stop`` in order, without checking the chain."""
        for line in self.lines(start, stop):
            yield record_of(line)

    def read_kind(
        self, *kinds: type[msgspec.Struct], start: int = 1, stop: int | None = None
    ) -> Iterator[Record]:
        """Records whose event is one of ``kinds``; the others are not decoded."""
        markers = kind_markers(kinds)
        where = "AND (" + " OR ".join(["instr(body, ?)"] * len(markers)) + ")"
        for line in self._lines(start, stop, where, markers):
            record = record_of(line)
            if isinstance(record.event, kinds):
                yield record

    def follow(self, poll_s: float, stop: threading.Event, start: int = 1) -> Iterator[Record]:
        """Records from ``start`` on, and new ones as they become durable, until ``stop`` is set.

        What was durable when it was set is still handed out.
        """
        while True:
            stopping = stop.is_set()
            for record in self.read(start):
                yield record
                start = record.seq + 1
            if stopping:
                return
            stop.wait(poll_s)

    def lines(self, start: int = 1, stop: int | None = None) -> Iterator[Line]:
        """Records as they are stored, for checking the chain."""
        return self._lines(start, stop)

    def head(self) -> Link:
        """Last sequence and its hash, as the writer stored them."""
        with plain_errors(self.path):
            return read_head(self._file)

    def extent(self) -> tuple[Link, int]:
        """The stored head and the last record that is really there, of one moment."""
        with plain_errors(self.path):
            return read_extent(self._file)

    def last_seq(self) -> int:
        """Sequence of the newest durable record, 0 when empty."""
        return self.head().seq

    def find_snapshot(self) -> SnapshotSearch:
        """Newest sound snapshot, and those that were passed over because they fail their hash."""
        with plain_errors(self.path):
            rows = self._file.execute("SELECT seq, state, sha256 FROM snapshots ORDER BY seq DESC").fetchall()
        return newest_sound(rows, self.last_seq())

    def latest_snapshot(self) -> tuple[int, bytes] | None:
        """Newest sound ``(seq, state)``."""
        return self.find_snapshot().found

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _lines(
        self, start: int, stop: int | None, where: str = "", values: tuple[bytes, ...] = ()
    ) -> Iterator[Line]:
        reached = start
        chunks = read_lines(self._file, start, stop, where=where, values=values)
        while True:
            with plain_errors(self.path, reached):
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield from chunk
            reached = chunk[-1].seq + 1
