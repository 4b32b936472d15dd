"""SQLite's errors in plain words: each becomes one of the journal's own."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradewind.core.errors import JournalBrokenError, JournalError, JournalFullError, JournalLockedError

_ROOM_NEEDED = 128 * 1024
"""SQLite's shared index alone takes 32 KiB: below this much room an I/O error means a full disk."""

_BUSY, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 8, 10, 11, 13, 14, 26
_UNREADABLE = (0, 1)
"""What an operation of ours fails by where text is no UTF-8, or a table has another shape."""


def disk_is_full(path: Path, error: OSError | None = None) -> bool:
    """Whether the disk of ``path`` has no room left, by the error's own word or by its figures."""
    if error is not None:
        return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    try:
        if shutil.disk_usage(path.parent).free < _ROOM_NEEDED:
            return True
        if not hasattr(os, "statvfs"):
            return False
        room = os.statvfs(path.parent)
    except OSError:
        return False
    return room.f_files > 0 and room.f_favail == 0


def in_plain_words(error: sqlite3.Error, path: Path, seq: int) -> JournalError:
    """The journal's error for SQLite's; ``seq`` is the record that was being read or written."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == _FULL or (code in (_IOERR, _CANTOPEN) and disk_is_full(path)):
        message = f"No room on the disk for {path}; everything committed before is kept."
        return JournalFullError(message, "Free some space, then commit again or open the file again.")
    if code == _BUSY:
        message = f"Another process has locked {path}."
        return JournalLockedError(message, "Wait until it is done, or end it.")
    if code == _NOTADB:
        message = f"{path} is not a journal, or its first page is damaged."
        return JournalError(message, "Check the path; if it is the right file, restore a copy that verifies.")
    if code == _CORRUPT or (code in _UNREADABLE and isinstance(error, sqlite3.OperationalError)):
        message = f"{path} is damaged{f' at record {seq} or near it' if seq else ''}."
        return JournalBrokenError(message, "Keep the file and restore a copy that verifies.", seq=seq)
    if code == _READONLY:
        message = f"{path} may only be read."
        return JournalError(message, "Check the permissions of the file and its folder.")
    if code == _CANTOPEN:
        message = f"{path} cannot be opened."
        return JournalError(message, "Check that it exists, and the permissions of it and its folder.")
    message = f"{path} cannot be read or written near record {seq}: {error}."
    return JournalError(message, "Check the disk, then open the file again.")


@contextmanager
def plain_errors(path: Path, seq: int = 0) -> Iterator[None]:
    """Let only the journal's own errors out of the block."""
    try:
        yield
    except sqlite3.Error as error:
        raise in_plain_words(error, path, seq) from error
    except UnicodeDecodeError as error:
        message = f"{path} is damaged: it holds text that is none ({error.reason})."
        next_step = "Keep the file and restore a copy that verifies."
        raise JournalBrokenError(message, next_step, seq=seq) from error
    except OverflowError as error:
        message = f"{path} names a record beyond the last that there can be."
        raise JournalBrokenError(
            message, "Keep the file and restore a copy that verifies.", seq=seq
        ) from error
    except OSError as error:
        if disk_is_full(path, error):
            message = f"No room on the disk for {path}."
            raise JournalFullError(message, "Free some space and open it again.") from error
        message = f"{path} cannot be opened: {error.strerror}."
        raise JournalError(message, "Check the folder and its permissions.") from error
