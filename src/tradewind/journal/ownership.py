"""One process owns a journal: an OS lock on ``<journal>.lock`` that dies with the process."""

import fcntl
import os
import weakref
from pathlib import Path

from tradewind.core.errors import JournalError, JournalLockedError
from tradewind.journal.sqlite_faults import plain_errors


class Ownership:
    """Holds the lock until :meth:`release`, or until the process ends in whatever way.

    Raises
    ------
    JournalLockedError
        Another process (named by its pid) or another writer of this one holds it.
    """

    def __init__(self, journal: Path) -> None:
        self._file = -1
        self._journal = journal
        path = journal.with_name(journal.name + ".lock")
        try:
            with plain_errors(path):
                journal.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
                self._lock()
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, str(os.getpid()).encode(), 0)
        except JournalError:
            self.release()
            raise
        _held.add(self)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(self._file, 20, 0).decode("ascii", "replace") or "unknown"
            message = f"The journal {self._journal} is owned by process {owner}."
            raise JournalLockedError(message, "Stop that process first, or read without owning.") from error

    def release(self) -> None:
        """Give the journal up. The lock file stays: removing it would let two owners in."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        _held.discard(self)


_held: "weakref.WeakSet[Ownership]" = weakref.WeakSet()


def _let_go_in_child() -> None:
    """A forked worker must not keep the lock alive after its parent died."""
    for ownership in list(_held):
        ownership.release()


os.register_at_fork(after_in_child=_let_go_in_child)
