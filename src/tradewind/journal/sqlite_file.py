"""The journal's SQLite file: its tables, how it is opened, and how it is told from any other file.

====================== ======================================================================
``commits``            ``first, last, version, hash, packed``: the chain, one row a commit
``kinds``              ``kind, first``: which commits hold an event of this kind
``keys``               ``key, first``: which commits hold an event that carries this key
``snapshots``          ``seq, state``: the newest few states, each under its chained record
====================== ======================================================================

``kinds`` and ``keys`` are derived from the commit in its own transaction. How far the chain went is kept
outside, in the mark.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.journal import mark
from tradewind.journal.chain import START, Link
from tradewind.journal.private_file import make_private, sync_folder
from tradewind.journal.rows import Row, unpack

APPLICATION_ID = 0x54574A31
FORMAT = 2
ROWS_AT_ONCE = 16
"""Rows read at a time: a reader never holds a transaction open, so the log behind it can be folded in."""

ENTRIES_AT_ONCE = 10_000
_LAST_POSSIBLE = 2**63 - 1
INDEXES = {"kinds": "kind", "keys": "key"}

_TABLES = """
CREATE TABLE commits (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, version TEXT NOT NULL,
    hash BLOB NOT NULL, packed BLOB NOT NULL
) STRICT;
CREATE TABLE kinds (kind TEXT NOT NULL, first INTEGER NOT NULL, PRIMARY KEY (kind, first))
STRICT, WITHOUT ROWID;
CREATE TABLE keys (key TEXT NOT NULL, first INTEGER NOT NULL, PRIMARY KEY (key, first))
STRICT, WITHOUT ROWID;
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, state BLOB NOT NULL) STRICT;
"""

_ROW = "SELECT first, last, CAST(version AS BLOB), CAST(hash AS BLOB), CAST(packed AS BLOB) FROM commits "
_LAST = "SELECT last, CAST(hash AS BLOB) FROM commits ORDER BY first DESC LIMIT 1"
_LAST_BEFORE = "SELECT last, CAST(hash AS BLOB) FROM commits WHERE first < ? ORDER BY first DESC LIMIT 1"
_WITHIN = "WHERE first >= ? AND first < ? ORDER BY first {order} LIMIT ?"
_NAMED = "SELECT first FROM {index} WHERE {column} = ? AND first >= ? AND first < ?"
_LISTED = """
SELECT named.first, last, CAST(version AS BLOB), CAST(hash AS BLOB), CAST(packed AS BLOB)
FROM ({each} ORDER BY first {order} LIMIT ?) AS named LEFT JOIN commits ON commits.first = named.first
ORDER BY named.first {order}
"""
_ENTRIES = "SELECT {column}, first FROM {index} WHERE ({column}, first) > (?, ?) ORDER BY 1, 2 LIMIT ?"
_LAST_NAMED = "SELECT coalesce(max(first), 0) FROM {index}"
_SPAN_OF = "SELECT first, last FROM commits WHERE first <= ? ORDER BY first DESC LIMIT 1"
_HOLDING = _ROW + "WHERE first <= ? ORDER BY first DESC LIMIT 1"


def open_to_write(path: Path) -> sqlite3.Connection:
    """The file with full durability; where there is none, its mark and then the journal's tables are made.

    Before anything may change, the file is looked at as it lies there: opening to write would fold in or
    throw away what a damaged log still holds.

    Raises
    ------
    JournalBrokenError
        It ends before its mark, or the mark is missing.
    """
    if path.is_dir():
        message = f"{path} cannot be opened: it is a folder."
        raise JournalError(message, "Name a file.")
    if not (_has_content(path) and _is_whole(path)):
        _none_lost(path)
        if mark.read_mark(path) is None:
            mark.make_mark(path)
        with new_file(path):
            pass
    file = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        check_identity(file, path)
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = FULL")
        file.execute("PRAGMA wal_autocheckpoint = 2000")
        file.execute("PRAGMA journal_size_limit = 67108864")
    except (sqlite3.Error, JournalError):
        file.close()
        raise
    return file


def open_to_read(path: Path, *, accept_loss: bool = False) -> sqlite3.Connection:
    """The file for reading alone; also from a read-only archive folder.

    Raises
    ------
    JournalBrokenError
        It ends before its mark, or the mark is missing; not where ``accept_loss`` says that this is known.
    """
    if not path.is_file():
        _none_lost(path)
        message = f"There is no journal at {path}."
        raise JournalError(message, "Check the path; a journal is made by the first session that writes it.")
    options = "mode=ro"
    log = path.with_name(path.name + "-wal")
    if not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size):
        options += "&immutable=1"
    address = f"{path.absolute().as_uri()}?{options}"
    seen = mark.read_mark(path)
    file = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        check_identity(file, path)
        if not accept_loss:
            hold_against_mark(file, path, seen)
    except (sqlite3.Error, JournalError):
        file.close()
        raise
    return file


def hold_against_mark(file: sqlite3.Connection, path: Path, seen: mark.MarkSeen | None) -> Link:
    """The last link of the file, which must hold all that the mark says; ``seen`` was read before."""
    head = read_head(file)
    mark.hold_against(path, seen, head)
    if seen is not None and seen.link is not None:
        stored = read_hash(file, seen.link.seq)
        if stored != seen.link.hash:
            raise mark.differs(path, seen.link, stored)
    return head


def check_identity(file: sqlite3.Connection, path: Path) -> None:
    """JournalError unless this is a journal in a format that this code reads."""
    if file.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        if is_empty(file):
            _none_lost(path)
            message = f"{path} is empty: whoever began to make it was stopped."
            raise JournalError(message, "Start the session again; it makes the journal whole.")
        message = f"{path} is a SQLite file but not a journal."
        raise JournalError(message, "Check the path.")
    written = file.execute("PRAGMA user_version").fetchone()[0]
    if written == 1:
        message = f"{path} is in journal format 1, which ended with Tradewind 0.1 (schema 1 named no venue)."
        next_step = "Keep the version 0.1 that wrote it to read it; begin a new session here."
        raise JournalError(message, next_step)
    if written != FORMAT:
        message = f"{path} is in journal format {written}; this version reads format {FORMAT}."
        raise JournalError(message, "Use the version of Tradewind that wrote it.")
    _nothing_acts(file, path)


def _nothing_acts(file: sqlite3.Connection, path: Path) -> None:
    """A trigger would change records behind the writer's back, and a view show others than there are."""
    added = "SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1"
    if (found := file.execute(added).fetchone()) is not None:
        message = f"{path} holds the {found[0]} {found[1]!r}, which no journal has: it was put there."
        raise JournalBrokenError(
            message, "Keep the file as evidence and restore a copy that verifies.", seq=0
        )


def read_head(file: sqlite3.Connection) -> Link:
    """The last link that is there."""
    row = file.execute(_LAST).fetchone()
    return START if row is None else Link(*row)


def read_hash(file: sqlite3.Connection, seq: int) -> bytes:
    """The stored hash of record ``seq``; JournalBrokenError where no commit holds it."""
    if seq == 0:
        return START.hash
    row = row_holding(file, seq)
    if row is None or row.last < seq:
        message = f"Record {seq} is missing from the journal."
        raise JournalBrokenError(message, "Run tradewind audit verify on it.", seq=seq)
    return row.hash if seq == row.last else unpack(row).line(seq - row.first).hash


def link_before(file: sqlite3.Connection, first: int) -> Link:
    """The last link of the commit before the one that begins with record ``first``."""
    row = file.execute(_LAST_BEFORE, (first,)).fetchone()
    return START if row is None else Link(*row)


def row_holding(file: sqlite3.Connection, seq: int) -> Row | None:
    """The commit that begins at or before record ``seq``; it may end before it."""
    row = file.execute(_HOLDING, (seq,)).fetchone()
    return None if row is None else Row(*row)


def begins_at(file: sqlite3.Connection, seq: int) -> int:
    """Where the commit begins that holds record ``seq``; ``seq`` itself where none does."""
    row = file.execute(_SPAN_OF, (seq,)).fetchone()
    first: int = seq if row is None or row[1] < seq else row[0]
    return first


def read_rows(
    file: sqlite3.Connection, start: int, stop: int, *, newest_first: bool = False
) -> Iterator[list[Row]]:
    """Commits that begin at ``start <= first < stop``, a few at a time."""
    query = _ROW + _WITHIN.format(order="DESC" if newest_first else "ASC")
    return _few_at_a_time(file, query, ((),), start, stop, newest_first=newest_first)


def read_indexed(
    file: sqlite3.Connection, index: str, values: tuple[str, ...], span: range, *, newest_first: bool = False
) -> Iterator[list[Row]]:
    """Commits that begin within ``span`` and that the index names for one of ``values``.

    Raises
    ------
    JournalBrokenError
        The index names one that is not there.
    """
    order = "DESC" if newest_first else "ASC"
    each = _NAMED.format(index=index, column=INDEXES[index])
    query = _LISTED.format(each=" UNION ".join([each] * len(values)), order=order)
    bound = tuple((value,) for value in values)
    return _few_at_a_time(file, query, bound, span.start, span.stop, newest_first=newest_first)


def read_index(file: sqlite3.Connection, index: str) -> Iterator[list[tuple[str, int]]]:
    """All entries of an index as ``(value, first record of the commit)``, some at a time."""
    query = _ENTRIES.format(index=index, column=INDEXES[index])
    last: tuple[str, int] = ("", -(2**63))
    while found := file.execute(query, (*last, ENTRIES_AT_ONCE)).fetchall():
        yield found
        last = found[-1]


def last_named(file: sqlite3.Connection, index: str) -> int:
    """The last commit that an index names, by its first record; 0 for none."""
    last: int = file.execute(_LAST_NAMED.format(index=index)).fetchone()[0]
    return last


def _few_at_a_time(
    file: sqlite3.Connection,
    query: str,
    values: tuple[tuple[str, ...], ...],
    start: int,
    stop: int,
    *,
    newest_first: bool,
) -> Iterator[list[Row]]:
    """The query's rows; each of ``values`` and then the bounds ``start, stop`` are its parameters in turn."""
    stop = min(stop, _LAST_POSSIBLE)
    while start < stop:
        parameters = [parameter for value in values for parameter in (*value, start, stop)]
        found = file.execute(query, (*parameters, ROWS_AT_ONCE)).fetchall()
        for first, last, *_ in found:
            if last is None:
                message = f"The index names a commit that begins with record {first}; it is missing."
                raise JournalBrokenError(message, "Run tradewind audit verify on it.", seq=first)
        rows = [Row(*row) for row in found]
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        if newest_first:
            stop = rows[-1].first
        else:
            start = rows[-1].first + 1


@contextmanager
def new_file(path: Path) -> Iterator[sqlite3.Connection]:
    """A journal in the making: it gets its name when the block ends well, and is whole then or not there.

    It is write-ahead from then on: a later change of that would leave a log that a reader may not undo.
    """
    fresh = path.with_name(path.name + ".new")
    _remove(fresh)
    make_private(fresh)
    file = sqlite3.connect(fresh, isolation_level=None)
    try:
        file.execute("PRAGMA page_size = 8192")
        file.execute("PRAGMA journal_mode = OFF")
        file.execute("PRAGMA synchronous = FULL")
        _make_tables(file)
        yield file
        file.execute("PRAGMA journal_mode = WAL")
        file.close()
        fresh.replace(path)
        sync_folder(path.parent)
    finally:
        file.close()
        _remove(fresh)


def _remove(fresh: Path) -> None:
    """A file in the making that was broken off, with the logs that would be taken for those of the next."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)


def _make_tables(file: sqlite3.Connection) -> None:
    """All of it in one transaction: a file is a whole journal or an empty one."""
    file.execute("BEGIN IMMEDIATE")
    for statement in _TABLES.split(";"):
        file.execute(statement)
    file.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    file.execute(f"PRAGMA user_version = {FORMAT}")
    file.execute("COMMIT")


def is_empty(file: sqlite3.Connection) -> bool:
    """Whether there is no table yet."""
    tables: int = file.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return tables == 0


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _is_whole(path: Path) -> bool:
    """Whether the file is a journal that fits its mark; False where there is no table in it."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    file = sqlite3.connect(address, uri=True, isolation_level=None, timeout=5.0)
    try:
        if is_empty(file):
            return False
    finally:
        file.close()
    open_to_read(path).close()
    return True


def _none_lost(path: Path) -> None:
    """A journal that is not there, or empty, has lost what its mark says; one without a mark never was."""
    seen = mark.read_mark(path)
    if seen is not None and (seen.link is None or seen.link.seq):
        mark.hold_against(path, seen, START)
