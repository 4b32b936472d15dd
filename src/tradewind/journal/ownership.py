"""One process owns a journal: a lock on ``<journal>.lock`` that dies with the process.

Who it is stands in ``<journal>.owner``: a locked file cannot be read everywhere.
"""

import contextlib
import os
from pathlib import Path

from filelock import FileLock, Timeout

from tradewind.core.errors import JournalError, JournalLockedError
from tradewind.journal.private_file import make_private, not_plain, read_plain
from tradewind.journal.sqlite_faults import plain_errors


class Ownership:
    """Holds the lock until :meth:`release`, or until the process ends in whatever way.

    A forked child does not keep it alive: filelock lets go of the child's copy.

    Raises
    ------
    JournalLockedError
        Another process (named by its pid) or another writer of this one holds it.
    """

    def __init__(self, journal: Path) -> None:
        path = journal.with_name(journal.name + ".lock")
        self._owner = journal.with_name(journal.name + ".owner")
        # Not shared between threads of one process as one lock: two writers are two, wherever they run.
        self._lock = FileLock(path, blocking=False, thread_local=False, mode=0o600)
        try:
            with plain_errors(path):
                make_private(path)
                self._acquire(journal)
            with plain_errors(self._owner):
                make_private(self._owner)
                if not self._owner.is_file():
                    raise not_plain(self._owner)
                self._owner.write_text(str(os.getpid()))
        except JournalError:
            self.release()
            raise

    def _acquire(self, journal: Path) -> None:
        try:
            self._lock.acquire()
        except Timeout as error:
            message = f"The journal {journal} is owned by process {self._who()}."
            raise JournalLockedError(message, "Stop that process first, or read without owning.") from error

    def _who(self) -> str:
        with contextlib.suppress(OSError, JournalError):
            return read_plain(self._owner, 20).decode("ascii", "replace").strip() or "unknown"
        return "unknown"

    def release(self) -> None:
        """Give the journal up. The lock file stays: removing it would let two owners in."""
        self._lock.release()
