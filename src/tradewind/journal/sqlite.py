"""The journal in one SQLite file: group commit, whole or not at all, durable when ``commit`` returns."""

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from tradewind.core.errors import JournalBrokenError, JournalError, JournalFullError
from tradewind.core.events import encode_event
from tradewind.core.market import Event
from tradewind.journal.chain import CODE_VERSION, START, Link, next_hash, verify, version_stamp
from tradewind.journal.ownership import Ownership
from tradewind.journal.snapshots import KEPT, snapshot_hash
from tradewind.journal.sqlite_faults import in_plain_words, plain_errors
from tradewind.journal.sqlite_file import open_to_write, read_head, read_lines
from tradewind.journal.sqlite_reader import SqliteJournalReader

__all__ = ["SqliteJournal", "SqliteJournalReader"]

TAIL_CHECKED = 1_000
MOST_PENDING = 1_000_000
"""More than any step appends: a caller that forgets to commit is told so before memory runs out."""

_DROP_OLD_SNAPSHOTS = """
DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?)
"""


class SqliteJournal:
    """The one writer of a journal file; it owns the file until it is closed.

    ``append`` encodes and hashes in memory; ``commit`` writes all of it in one synced transaction, so a
    step of the loop is on disk whole or not at all. After :class:`JournalFullError` what was appended is
    still here and ``commit`` may be tried again; after any other failed commit the journal must be opened
    again, for what the disk then holds is not known.

    Raises
    ------
    JournalLockedError
        Another process owns the journal.
    JournalBrokenError
        The last records or the head do not hold; nothing is appended to a broken chain.
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
        self._pending: list[tuple[int, int, str, bytes, bytes]] = []
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
                head = _check_tail(self._file)
        except JournalError:
            self._let_go()
            raise
        self._seq, self._hash = head

    @property
    def next_seq(self) -> int:
        """Sequence that the next record will have; the first is 1."""
        return self._seq + 1

    @property
    def head(self) -> Link:
        """Last link, of what is appended but not yet durable too."""
        return Link(self._seq, self._hash)

    def append(self, event: Event, cause: int = 0) -> int:
        """Add a record (not yet durable) and return its sequence. ``cause`` 0 marks an input."""
        seq = self._seq + 1
        pending = self._pending
        if self._failed or not 0 <= cause < seq or len(pending) >= MOST_PENDING:
            raise self._refusal(seq, cause)
        body = encode_event(event)
        self._hash = link = next_hash(self._hash, seq, cause, self._stamp, body)
        pending.append((seq, cause, self.version, body, link))
        self._seq = seq
        return seq

    def save_snapshot(self, seq: int, state: bytes) -> None:
        """Keep the reducer's state as it was after record ``seq``; durable with the next commit."""
        if not 0 < seq <= self._seq:
            message = f"A snapshot cannot be of record {seq}: the last is {self._seq}."
            raise JournalError(message, "Take it after the record was appended.")
        self._snapshots[seq] = state
        for old in sorted(self._snapshots)[:-KEPT]:
            del self._snapshots[old]

    def commit(self) -> None:
        """Make all that was appended durable, whole or not at all."""
        if self._failed:
            raise self._refusal(self._seq, 0)
        if not self._pending and not self._snapshots:
            return
        try:
            self._write()
        except sqlite3.Error as error:
            raise self._undo(error) from error
        self._pending.clear()
        self._snapshots.clear()

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
        self._pending.clear()
        self._snapshots.clear()
        try:
            self._file.close()
        finally:
            self._owner.release()

    def _write(self) -> None:
        file = self._file
        file.execute("BEGIN IMMEDIATE")
        file.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", self._pending)
        if self._pending:
            file.execute("UPDATE head SET seq = ?, hash = ? WHERE one = 1", (self._seq, self._hash))
        for seq, state in self._snapshots.items():
            row = (seq, state, snapshot_hash(seq, state))
            file.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", row)
        if self._snapshots:
            file.execute(_DROP_OLD_SNAPSHOTS, (KEPT,))
        file.execute("COMMIT")

    def _undo(self, error: sqlite3.Error) -> JournalError:
        """Take the transaction back and say what happened."""
        said = in_plain_words(error, self.path, self._seq - len(self._pending) + 1)
        if not isinstance(said, JournalFullError):
            self._failed = "a commit failed"
        try:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
        except sqlite3.Error:
            self._failed = "a commit could not be taken back"
        return said

    def _refusal(self, seq: int, cause: int) -> JournalError:
        if self._failed:
            message = f"The journal {self.path} takes no more records: {self._failed}."
            return JournalError(message, "Open it again; what was committed is there.")
        if not 0 <= cause < seq:
            message = f"Record {seq} cannot be caused by record {cause}."
            return JournalError(message, "Give 0 for an input, else the sequence of an earlier record.")
        message = f"{MOST_PENDING} records wait to be committed to {self.path}."
        return JournalError(message, "Commit after each step.")


def _check_tail(file: sqlite3.Connection) -> Link:
    """The head, once the chain of the last records was found to lead to it."""
    head = read_head(file)
    after = START
    if head.seq > TAIL_CHECKED:
        before = head.seq - TAIL_CHECKED
        row = file.execute("SELECT seq, CAST(hash AS BLOB) FROM records WHERE seq = ?", (before,)).fetchone()
        if row is None:
            message = f"Record {before} is missing from the journal."
            raise JournalBrokenError(message, "Run tradewind audit verify on it.", seq=before)
        after = Link(*row)
    lines = (line for chunk in read_lines(file, after.seq + 1) for line in chunk)
    return verify(lines, after=after, head=head)
