"""A copy of a session's journal with all that belongs to it: checked while it is made, and fit to go on from.

Rows are read and checked one by one and written to a new file with indexes built anew, so nothing depends on
what a file's log holds or how it was copied. The original is only read, also while its owner writes.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.journal import mark
from tradewind.journal.audit import verify_file
from tradewind.journal.chain import START, Link
from tradewind.journal.checking import Checked, check_row
from tradewind.journal.files import inbox_path, keys_path
from tradewind.journal.private_file import make_private, not_plain, sync_folder
from tradewind.journal.sqlite_faults import plain_errors
from tradewind.journal.sqlite_file import new_file
from tradewind.journal.sqlite_reader import SqliteJournalReader

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Exported:
    """The copy: its journal, how many records it holds, what else was copied, and what was left behind."""

    journal: Path
    records: int
    root_hash: str
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def export_journal(
    journal: Path, folder: Path, *, accept_loss: bool = False, on_progress: Progress | None = None
) -> Exported:
    """Copy a journal and what belongs to it into ``folder``, under the same names.

    ``accept_loss`` takes what still holds where the mark says more, is missing, or a record is broken: the
    copy ends with the last commit that holds, and its notes say what was lost.

    Raises
    ------
    JournalBrokenError
        The journal does not hold, or ends before its mark.
    JournalError
        There is a journal of that name in the folder already.
    """
    target = folder / journal.name
    if target.exists() or mark.mark_path(target).exists():
        message = f"There is a journal {target.name} in {folder} already."
        raise JournalError(message, "Name another folder; an export overwrites nothing.")
    seen = mark.read_mark(journal)
    notes: list[str] = []
    with SqliteJournalReader(journal, accept_loss=accept_loss) as reader, plain_errors(target):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Before the records: a command that is acknowledged meanwhile waits in the copy or is in it.
        before = _copy_database(inbox_path(journal), inbox_path(target))
        with new_file(target) as file:
            file.execute("BEGIN IMMEDIATE")
            link = _copy_rows(reader, file, notes, accept_loss=accept_loss, on_progress=on_progress)
            _copy_snapshots(reader, file, link, notes)
            file.execute("COMMIT")
            mark.make_mark(target, link)
        # After the records, so that no key is lacking.
        after = _copy_database(keys_path(journal), keys_path(target))
        files = (target, mark.mark_path(target), *before, *after)
        sync_folder(folder)
    _say_what_is_lost(seen, link, notes)
    report = verify_file(target)
    return Exported(target, report.records, report.root_hash, files, tuple(notes))


def _copy_rows(
    reader: SqliteJournalReader,
    file: sqlite3.Connection,
    notes: list[str],
    *,
    accept_loss: bool,
    on_progress: Progress | None,
) -> Link:
    head = reader.head()
    checked = Checked(START)
    try:
        for row in reader.rows(-(2**63), head.seq + 1):
            check_row(checked, row)
            stored = (row.first, row.last, row.version.decode(), row.hash, row.packed)
            file.execute("INSERT INTO commits VALUES (?, ?, ?, ?, ?)", stored)
            found = checked.found
            file.executemany("INSERT INTO kinds VALUES (?, ?)", ((k, row.first) for k in found.kinds))
            file.executemany("INSERT INTO keys VALUES (?, ?)", ((k, row.first) for k in found.keys))
            if on_progress is not None:
                on_progress(row.last, head.seq)
    except JournalBrokenError as error:
        if not accept_loss:
            raise
        notes.append(f"The copy ends with record {checked.link.seq:,}: {error.message}")
    return checked.link


def _copy_snapshots(
    reader: SqliteJournalReader, file: sqlite3.Connection, link: Link, notes: list[str]
) -> None:
    """Those that the chain vouches for; the others are left out and named."""
    for seq in reader.snapshots():
        try:
            state = reader.snapshot(seq) if seq <= link.seq else None
        except JournalBrokenError as error:
            notes.append(f"Left out: {error.message}")
            continue
        if state is not None:
            file.execute("INSERT INTO snapshots VALUES (?, ?)", (seq, state))


def _copy_database(source: Path, copy: Path) -> list[Path]:
    """The copy of one that is there, whole, while others write it."""
    if not os.path.lexists(source):
        return []
    if not source.is_file():
        raise not_plain(source)
    address = f"{source.absolute().as_uri()}?mode=ro"
    with plain_errors(source), closing(sqlite3.connect(address, uri=True)) as old:
        old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        make_private(copy)
        with closing(sqlite3.connect(copy)) as new:
            old.backup(new)
    return [copy]


def _say_what_is_lost(seen: mark.MarkSeen | None, link: Link, notes: list[str]) -> None:
    if seen is None or seen.link is None:
        notes.append(
            f"The mark was missing or damaged: the copy takes {link.seq:,} records as all there were."
        )
    elif seen.link.seq > link.seq:
        lost = seen.link.seq - link.seq
        notes.append(f"{lost:,} records that the mark speaks of are lost: those after {link.seq:,}.")
