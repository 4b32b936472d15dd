"""The end of a journal's file: checked whenever it is opened to write, however long the journal is."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from tradewind.core.errors import JournalBrokenError
from tradewind.journal import mark
from tradewind.journal.chain import Link
from tradewind.journal.kinds import kind_of
from tradewind.journal.rows import Unpacked, follow
from tradewind.journal.sqlite_faults import plain_errors
from tradewind.journal.sqlite_file import (
    begins_at,
    hold_against_mark,
    link_before,
    open_to_read,
    read_head,
    read_rows,
)

TAIL_CHECKED = 1_000


@dataclass(frozen=True)
class TailReport:
    """What was seen at the end: records in all, how many of the last were checked, root hash in hex."""

    records: int
    checked: int
    root_hash: str


def check_tail(file: sqlite3.Connection) -> Link:
    """The head, once the commits of the last :data:`TAIL_CHECKED` records were found to lead to it.

    Raises
    ------
    JournalBrokenError
        Names the first of them that does not follow from the one before, or that no index finds by its kind:
        a recovery that asks by kind would miss it, and act as if it were not there.
    """
    start = begins_at(file, max(read_head(file).seq - TAIL_CHECKED, 1))
    before = link_before(file, start)
    for chunk in read_rows(file, start, 2**63 - 1):
        for row in chunk:
            _found_by_kind(file, follow(row, before))
            before = Link(row.last, row.hash)
    return before


def _found_by_kind(file: sqlite3.Connection, commit: Unpacked) -> None:
    kinds = {kind_of(body, commit.first + at): commit.first + at for at, body in enumerate(commit.bodies)}
    for kind, seq in kinds.items():
        entry = "SELECT 1 FROM kinds WHERE kind = ? AND first = ?"
        if file.execute(entry, (kind, commit.first)).fetchone() is None:
            message = (
                f"The index of kinds does not name record {seq}, a {kind}: the index was damaged or changed."
            )
            next_step = "The records hold; `tradewind journal export NAME TARGET` makes a copy indexed anew."
            raise JournalBrokenError(message, next_step, seq=seq)


def check_end(path: Path) -> TailReport:
    """The mark and the last records of a journal file: what takes as long for a long journal as for a short.

    Raises
    ------
    JournalBrokenError
        The file ends before its mark, or a record at the end does not follow.
    """
    seen = mark.read_mark(path)
    with plain_errors(path):
        file = open_to_read(path)
        try:
            start = begins_at(file, max(read_head(file).seq - TAIL_CHECKED, 1))
            head = check_tail(file)
            hold_against_mark(file, path, seen)
        finally:
            file.close()
    return TailReport(head.seq, max(head.seq - start + 1, 0), head.hash.hex())
