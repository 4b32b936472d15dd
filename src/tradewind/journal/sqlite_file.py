"""The journal's SQLite file: its tables, how it is opened, and how it is told from any other file.

====================== ======================================================================
``records``            ``seq, cause, version, body, hash``: the chain
``head``               one row: the last link, so that a tail cut off is seen
``snapshots``          ``seq, state, sha256``: the newest few states of the reducer
====================== ======================================================================
"""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.journal.chain import START, Line, Link

APPLICATION_ID = 0x54574A31
FORMAT = 1
CHUNK = 2_000
"""Records read at a time: a reader never holds a transaction open, so the log behind it can be folded in."""

_TABLES = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY, cause INTEGER NOT NULL, version TEXT NOT NULL,
    body BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, state BLOB NOT NULL, sha256 BLOB NOT NULL) STRICT;
"""

_LINES = """
SELECT seq, cause, CAST(version AS BLOB), CAST(body AS BLOB), CAST(hash AS BLOB)
FROM records WHERE seq >= ? AND seq < ? {where} ORDER BY seq LIMIT ?
"""

_EXTENT = """
SELECT seq, CAST(hash AS BLOB), coalesce((SELECT max(seq) FROM records), 0) FROM head WHERE one = 1
"""


def open_to_write(path: Path) -> sqlite3.Connection:
    """The file with full durability; a new or empty one gets the journal's tables."""
    file = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        if _is_empty(file):
            file.execute("PRAGMA page_size = 8192")
            file.execute("PRAGMA journal_mode = WAL")
            _make_tables(file)
            _sync_folder(path.parent)
        check_identity(file, path)
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = FULL")
        file.execute("PRAGMA wal_autocheckpoint = 2000")
        file.execute("PRAGMA journal_size_limit = 67108864")
    except (sqlite3.Error, JournalError):
        file.close()
        raise
    return file


def open_to_read(path: Path) -> sqlite3.Connection:
    """The file for reading alone; also from a read-only archive folder."""
    if not path.is_file():
        message = f"There is no journal at {path}."
        raise JournalError(message, "Check the path; a journal is made by the first session that writes it.")
    options = "mode=ro"
    log = path.with_name(path.name + "-wal")
    if not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size):
        options += "&immutable=1"
    address = f"{path.absolute().as_uri()}?{options}"
    file = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        check_identity(file, path)
    except (sqlite3.Error, JournalError):
        file.close()
        raise
    return file


def check_identity(file: sqlite3.Connection, path: Path) -> None:
    """JournalError unless this is a journal in a format that this code reads."""
    if file.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        if _is_empty(file):
            message = f"{path} is empty: whoever began to make it was stopped."
            raise JournalError(message, "Start the session again; it makes the journal whole.")
        message = f"{path} is a SQLite file but not a journal."
        raise JournalError(message, "Check the path.")
    written = file.execute("PRAGMA user_version").fetchone()[0]
    if written != FORMAT:
        message = f"{path} is in journal format {written}; this version reads format {FORMAT}."
        raise JournalError(message, "Use the version of Tradewind that wrote it.")


def read_head(file: sqlite3.Connection) -> Link:
    """The stored last link; JournalBrokenError when the row is gone."""
    return read_extent(file)[0]


def read_extent(file: sqlite3.Connection) -> tuple[Link, int]:
    """The stored last link and the sequence of the last record (0 for none), both of one moment."""
    row = file.execute(_EXTENT).fetchone()
    if row is None:
        message = "The journal has lost its head row, so a tail cut off could not be seen."
        raise JournalBrokenError(message, "Restore a copy that verifies.", seq=1)
    return Link(row[0], row[1]), row[2]


def read_lines(
    file: sqlite3.Connection,
    start: int = 1,
    stop: int | None = None,
    *,
    where: str = "",
    values: tuple[bytes, ...] = (),
) -> Iterator[list[Line]]:
    """Stored lines with ``start <= seq < stop`` that meet ``where``, a chunk at a time."""
    query = _LINES.format(where=where)
    end = stop if stop is not None else 2**63 - 1
    while start < end:
        rows = file.execute(query, (start, end, *values, CHUNK)).fetchall()
        if rows:
            yield [Line(*row) for row in rows]
        if len(rows) < CHUNK:
            return
        start = rows[-1][0] + 1


def _make_tables(file: sqlite3.Connection) -> None:
    """All of it in one transaction: a file is a whole journal or an empty one."""
    file.execute("BEGIN IMMEDIATE")
    for statement in _TABLES.split(";"):
        file.execute(statement)
    file.execute("INSERT INTO head VALUES (1, ?, ?)", START)
    file.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    file.execute(f"PRAGMA user_version = {FORMAT}")
    file.execute("COMMIT")


def _is_empty(file: sqlite3.Connection) -> bool:
    tables: int = file.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return tables == 0


def _sync_folder(folder: Path) -> None:
    """Make the file's name durable, not only its contents."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
