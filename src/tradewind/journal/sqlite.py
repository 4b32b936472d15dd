"""The journal in one SQLite file: group commit, whole or not at all, durable when ``commit`` returns."""

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from tradewind.core.errors import JournalError, JournalFullError
from tradewind.core.events import encode_event
from tradewind.core.market import Event
from tradewind.journal.chain import CODE_VERSION, Link, hashes_of, version_stamp
from tradewind.journal.kinds import KEYS
from tradewind.journal.mark import Mark
from tradewind.journal.ownership import Ownership
from tradewind.journal.pending import Pending
from tradewind.journal.rows import MOST_RECORDS
from tradewind.journal.snapshots import KEPT, taken
from tradewind.journal.sqlite_faults import in_plain_words, plain_errors
from tradewind.journal.sqlite_file import open_to_write
from tradewind.journal.sqlite_reader import SqliteJournalReader
from tradewind.journal.tail import check_tail

__all__ = ["SqliteJournal", "SqliteJournalReader"]

MOST_PENDING = 1_000_000
"""More than any step appends: a caller that forgets to commit is told so before memory runs out."""

_DROP_OLD_SNAPSHOTS = """
DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?)
"""


class SqliteJournal:
    """The one writer of a journal file; it owns the file until it is closed.

    ``append`` encodes in memory; ``commit`` writes all of it in one synced transaction, so a
    step of the loop is on disk whole or not at all, and then moves the mark that says how far it went. After
    :class:`JournalFullError` what was appended is still here and ``commit`` may be tried again; after any
    other failed commit the journal must be opened again, for what the disk then holds is not known.

    Raises
    ------
    JournalLockedError
        Another process owns the journal.
    JournalBrokenError
        The last records do not hold, or the file ends before its mark; nothing is appended to such a chain.
    JournalFullError
        There is no room to open it.
    JournalError
        The file is something else.
    """

    def __init__(self, path: Path, *, version: str = CODE_VERSION) -> None:
        self.path = Path(path)
        self.version = version
        self._stamp = version_stamp(version)
        self._failed = ""
        self._owner_gone = False
        self._pending: list[Pending] = []
        self._waiting = 0
        self._snapshots: dict[int, bytes] = {}
        self._owner = Ownership(self.path)
        try:
            with plain_errors(self.path):
                self._file = open_to_write(self.path)
        except JournalError:
            self._owner.release()
            raise
        try:
            with plain_errors(self.path):
                head = check_tail(self._file)
                self._mark = Mark(self.path)
                self._mark.write(head)
        except JournalError:
            self._let_go()
            raise
        self._seq, self._hash = self._marked = head

    @property
    def next_seq(self) -> int:
        """Sequence that the next record will have; the first is 1."""
        return self._seq + 1

    @property
    def head(self) -> Link:
        """Last link, of what is appended but not yet durable too."""
        self._chain()
        return Link(self._seq, self._hash)

    def append(self, event: Event, cause: int = 0) -> int:
        """Add a record (not yet durable) and return its sequence. ``cause`` 0 marks an input."""
        seq = self._seq + 1
        kind = type(event)
        if self._failed or not 0 <= cause < seq or self._waiting >= MOST_PENDING or kind not in KEYS:
            raise self._refusal(seq, cause, event)
        pending = self._pending[-1] if self._waiting % MOST_RECORDS else self._next_row(seq)
        pending.causes.append(cause)
        pending.bodies.append(encode_event(event))
        pending.kinds.add(kind)
        if (keys := KEYS[kind]) is not None:
            pending.keys.update(keys(event))
        self._waiting += 1
        self._seq = seq
        return seq

    def save_snapshot(self, ts_event: int, state: bytes) -> int:
        """Keep the state as it is after the last record, in one commit with the record that vouches for it.

        Returns the sequence of that record, from which on a recovery reads the tail.
        """
        seq = self.append(taken(ts_event, self._seq, state))
        self._snapshots[seq] = state
        for old in sorted(self._snapshots)[:-KEPT]:
            del self._snapshots[old]
        return seq

    def commit(self) -> None:
        """Make all that was appended durable, whole or not at all."""
        if self._failed:
            raise self._refusal(self._seq, 0)
        if self._waiting:
            self._chain()
            try:
                self._write()
            except sqlite3.Error as error:
                raise self._undo(error) from error
            self._drop_pending()
        if self._marked.seq != self._seq:
            with plain_errors(self.path):
                self._mark.write(Link(self._seq, self._hash))
            self._marked = Link(self._seq, self._hash)

    def reader(self) -> SqliteJournalReader:
        """A reader of the same file; it sees what is committed."""
        return SqliteJournalReader(self.path)

    def close(self) -> None:
        """Commit and give up ownership; ownership is given up even when the commit fails."""
        if self._owner_gone:
            return
        try:
            if not self._failed:
                self.commit()
        finally:
            self._let_go()

    def abandon(self) -> None:
        """Give up ownership and drop what was not committed."""
        self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """A block that failed may have left a step half appended: that is dropped."""
        if error is None:
            self.close()
        else:
            self.abandon()

    def _let_go(self) -> None:
        self._owner_gone = True
        self._failed = self._failed or "it is closed"
        self._drop_pending()
        try:
            self._file.close()
            if hasattr(self, "_mark"):
                self._mark.close()
        finally:
            self._owner.release()

    def _next_row(self, seq: int) -> Pending:
        self._pending.append(Pending(seq, self.version))
        return self._pending[-1]

    def _chain(self) -> None:
        """Hash what was appended and is not hashed yet, all in one go."""
        for pending in self._pending:
            done = len(pending.hashes)
            if done < len(pending.bodies):
                fresh = hashes_of(
                    self._hash,
                    pending.first + done,
                    pending.causes[done:],
                    self._stamp,
                    pending.bodies[done:],
                )
                pending.hashes += fresh
                self._hash = fresh[-1]

    def _drop_pending(self) -> None:
        self._pending.clear()
        self._snapshots.clear()
        self._waiting = 0

    def _write(self) -> None:
        file = self._file
        file.execute("BEGIN IMMEDIATE")
        for pending in self._pending:
            file.execute("INSERT INTO commits VALUES (?, ?, ?, ?, ?)", pending.row())
            file.executemany("INSERT INTO kinds VALUES (?, ?)", pending.kind_entries())
            file.executemany("INSERT INTO keys VALUES (?, ?)", pending.key_entries())
        if self._snapshots:
            file.executemany("INSERT INTO snapshots VALUES (?, ?)", self._snapshots.items())
            file.execute(_DROP_OLD_SNAPSHOTS, (KEPT,))
        file.execute("COMMIT")

    def _undo(self, error: sqlite3.Error) -> JournalError:
        """Take the transaction back and say what happened."""
        said = in_plain_words(error, self.path, self._seq - self._waiting + 1)
        if not isinstance(said, JournalFullError):
            self._failed = "a commit failed"
        try:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
        except sqlite3.Error:
            self._failed = "a commit could not be taken back"
        return said

    def _refusal(self, seq: int, cause: int, event: object = None) -> JournalError:
        if self._failed:
            message = f"The journal {self.path} takes no more records: {self._failed}."
            return JournalError(message, "Open it again; what was committed is there.")
        if not 0 <= cause < seq:
            message = f"Record {seq} cannot be caused by record {cause}."
            return JournalError(message, "Give 0 for an input, else the sequence of an earlier record.")
        if type(event) not in KEYS:
            message = f"{type(event).__name__} is not an event that a journal holds."
            return JournalError(message, "Append the types of tradewind.core.events.AnyEvent.")
        message = f"{self._waiting} records wait to be committed to {self.path}."
        return JournalError(message, "Commit after each step.")
