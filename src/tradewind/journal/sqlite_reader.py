"""The journal's file as anyone may read it, while another process writes."""

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tradewind.core.errors import JournalBrokenError
from tradewind.core.events import Record
from tradewind.journal import mark
from tradewind.journal.chain import Line, Link
from tradewind.journal.kinds import kind_tags, markers
from tradewind.journal.rows import Row, Unpacked, follow, unpack
from tradewind.journal.selecting import carries, records_of
from tradewind.journal.snapshots import check_snapshot
from tradewind.journal.sqlite_faults import plain_errors
from tradewind.journal.sqlite_file import (
    begins_at,
    hold_against_mark,
    last_named,
    link_before,
    open_to_read,
    read_head,
    read_index,
    read_indexed,
    read_rows,
)

_END = 2**63 - 1


class SqliteJournalReader:
    """Reads only; sees what is durable and nothing else. One reader may be used from several threads.

    Every record that is handed out was found to follow from the one before it: a bit that flipped on the
    disk is said, never read. Only the commits concerned are read.

    Raises
    ------
    JournalBrokenError
        The journal ends before its mark, or the mark is missing; ``accept_loss`` reads what is left.
    JournalError
        There is no journal at ``path``, or the file is something else.
    """

    def __init__(self, path: Path, *, accept_loss: bool = False) -> None:
        self.path = Path(path)
        self._accept_loss = accept_loss
        with plain_errors(self.path):
            self._file = open_to_read(self.path, accept_loss=accept_loss)

    def read(
        self, start: int = 1, stop: int | None = None, *, newest_first: bool = False
    ) -> Iterator[Record]:
        """Records with ``start <= seq < stop``, oldest first unless asked otherwise."""
        end = _END if stop is None else stop
        for row in self._rows(self._span(start, end), newest_first=newest_first):
            yield from records_of(self._checked(row), start, end, newest_first=newest_first)

    def read_kind(
        self,
        *kinds: type[msgspec.Struct],
        start: int = 1,
        stop: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Record]:
        """Records whose event is one of ``kinds``, by index; the others are neither read nor decoded."""
        tags = kind_tags(kinds)
        wanted, end = markers(tags), _END if stop is None else stop
        for row in self._indexed("kinds", tags, self._span(start, end), newest_first=newest_first):
            yield from records_of(self._checked(row), start, end, wanted, newest_first=newest_first)

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
        end = _END if stop is None else stop
        for row in self._indexed("keys", (key,), self._span(start, end), newest_first=newest_first):
            found = records_of(self._checked(row), start, end, wanted, newest_first=newest_first)
            yield from (record for record in found if carries(record, key))

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

    def rows(self, start: int = 1, stop: int | None = None) -> Iterator[Row]:
        """Commits that begin with ``start <= first < stop``, as they are stored and unchecked."""
        return self._rows(range(start, _END if stop is None else stop))

    def lines(self, start: int = 1, stop: int | None = None) -> Iterator[Line]:
        """Records as they are stored, for checking the chain."""
        end = _END if stop is None else stop
        for row in self._rows(self._span(start, end)):
            yield from (line for line in unpack(row).lines() if start <= line.seq < end)

    def head(self) -> Link:
        """Last sequence and its hash; JournalBrokenError when the mark beside the file says more."""
        with plain_errors(self.path):
            if self._accept_loss:
                return read_head(self._file)
            seen = mark.read_mark(self.path)
            return hold_against_mark(self._file, self.path, seen)

    def last_seq(self) -> int:
        """Sequence of the newest durable record, 0 when empty."""
        return self.head().seq

    def index(self, name: str, up_to: int) -> Iterator[tuple[str, int]]:
        """Entries of the index ``kinds`` or ``keys`` for commits that begin at or before ``up_to``."""
        chunks = read_index(self._file, name)
        while True:
            with plain_errors(self.path):
                chunk = next(chunks, None)
            if chunk is None:
                return
            for value, first in chunk:
                if type(value) is not str or type(first) is not int:
                    message = f"The index of {name} of {self.path} holds {(value, first)!r}, no entry."
                    next_step = "`tradewind journal export NAME TARGET` makes a copy indexed anew."
                    raise JournalBrokenError(message, next_step, seq=0)
                if first <= up_to:
                    yield value, first

    def last_named(self, name: str) -> int:
        """The last commit that the index ``kinds`` or ``keys`` names, by its first record; 0 for none."""
        with plain_errors(self.path):
            return last_named(self._file, name)

    def snapshots(self) -> list[int]:
        """Records of the states that are kept, newest first."""
        with plain_errors(self.path):
            return [seq for (seq,) in self._file.execute("SELECT seq FROM snapshots ORDER BY seq DESC")]

    def snapshot(self, seq: int) -> bytes | None:
        """The state kept under record ``seq``, which its chained record vouches for; None once it is dropped.

        Raises
        ------
        JournalBrokenError
            The state is another, or no record speaks of it.
        """
        with plain_errors(self.path):
            query = "SELECT CAST(state AS BLOB) FROM snapshots WHERE seq = ?"
            row = self._file.execute(query, (seq,)).fetchone()
        if row is None:
            return None
        state: bytes = row[0]
        check_snapshot(seq, state, next(self.read(seq, seq + 1), None))
        return state

    def latest_snapshot(self) -> tuple[int, bytes] | None:
        """Newest ``(seq, state)``; JournalBrokenError when it is not the one in the chain."""
        for seq in self.snapshots():
            if (state := self.snapshot(seq)) is not None:
                return seq, state
        return None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _span(self, start: int, end: int) -> range:
        """Where the commits begin that hold records of ``start <= seq < end``."""
        with plain_errors(self.path):
            begins = begins_at(self._file, start)
        return range(begins, max(end, begins))

    def _rows(self, span: range, *, newest_first: bool = False) -> Iterator[Row]:
        return self._each(read_rows(self._file, span.start, span.stop, newest_first=newest_first))

    def _indexed(
        self, index: str, values: tuple[str, ...], span: range, *, newest_first: bool
    ) -> Iterator[Row]:
        return self._each(read_indexed(self._file, index, values, span, newest_first=newest_first))

    def _each(self, chunks: Iterable[list[Row]]) -> Iterator[Row]:
        reached, pending = 0, iter(chunks)
        while True:
            with plain_errors(self.path, reached):
                chunk = next(pending, None)
            if chunk is None:
                return
            yield from chunk
            reached = chunk[-1].last + 1

    def _checked(self, row: Row) -> Unpacked:
        """The row's records, once they were found to follow from the commit before them."""
        with plain_errors(self.path, row.first):
            before = link_before(self._file, row.first)
        return follow(row, before)
