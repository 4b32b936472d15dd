"""Files that only their owner may read, from their first moment on: journal, mark, key ring, inbox."""

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

from tradewind.core.errors import JournalError
from tradewind.journal.sqlite_faults import plain_errors


def make_private(path: Path) -> None:
    """An empty file of mode 0600 where there is none, and its folder, of mode 0700 where that is new.

    Whatever the umask is, nobody else can open it in between.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # An open file descriptor of our own would drop SQLite's locks when closed, so only for a new file.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def read_plain(path: Path, most_bytes: int) -> bytes:
    """The first ``most_bytes`` of a plain file; FileNotFoundError where there is none.

    Whatever else lies there under that name is not waited for: a pipe would never end.

    Raises
    ------
    JournalError
        It is no plain file, or cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise JournalError(message, "Check what lies there, and its permissions.") from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise not_plain(path)
        with plain_errors(path):
            return os.read(handle, most_bytes)
    finally:
        os.close(handle)


def not_plain(path: Path) -> JournalError:
    """The error for a folder, pipe or device where a file ought to be."""
    return JournalError(
        f"{path} is no plain file.", "Move away what lies there and bring the file back, from a copy."
    )


def sync_folder(folder: Path) -> None:
    """Make names in the folder durable, not only contents; where a folder cannot be opened, nothing."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_private(
    path: Path, application_id: int, tables: tuple[str, ...], *, kind: str, log: str
) -> sqlite3.Connection:
    """The file, made with mode 0600 and its tables where it is new, synced on every commit.

    Deleted rows are overwritten in the file. ``log`` is SQLite's journal mode.
    """
    with plain_errors(path):
        make_private(path)
        if not path.is_file():
            raise not_plain(path)
        path.chmod(0o600)
        file = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
        try:
            _prepare(file, path, application_id, tables, kind=kind)
            file.execute(f"PRAGMA journal_mode = {log}")
            file.execute("PRAGMA synchronous = FULL")
            file.execute("PRAGMA secure_delete = ON")
        except (sqlite3.Error, JournalError):
            file.close()
            raise
    return file


def _prepare(
    file: sqlite3.Connection, path: Path, application_id: int, tables: tuple[str, ...], *, kind: str
) -> None:
    file.execute("BEGIN IMMEDIATE")
    if file.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
        for statement in tables:
            file.execute(statement)
        file.execute(f"PRAGMA application_id = {application_id}")
    found = file.execute("PRAGMA application_id").fetchone()[0]
    file.execute("COMMIT")
    if found != application_id:
        message = f"{path} is a SQLite file but not a {kind}."
        raise JournalError(message, "Check the path.")
