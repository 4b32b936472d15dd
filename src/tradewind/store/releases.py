"""Releases in the store, append-only: one partition a calendar, one row a revision, nothing ever replaced.

A day that moved is a new row, and what was believed before stays. What a calendar has no more is a row that
says so, known when it was missed; what it says otherwise of a moment that is stored already is known when
it was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from tradewind.core.errors import StoreError
from tradewind.core.releases import Release, Releases, ReleaseStatus, Timing, same_release
from tradewind.core.timestamps import iso
from tradewind.store.merge import merge_rows
from tradewind.store.tables import Tables, provenance_of

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "releases"
DEFINITION = "1"
"""Version of what a stored release means."""

_KEY = ("event", "ts_known")


@dataclass(frozen=True)
class AppendedReleases:
    """What an append came to: new rows, how many of them say that a release was withdrawn or that its time
    moved, and all rows that the calendar now has.
    """

    added: int
    withdrawn: int
    moved: int
    rows: int


def append_releases(store: Tables, fresh: Releases) -> AppendedReleases:
    """Add what is not stored yet; the same twice changes no byte, and no stored row is ever changed.

    Raises
    ------
    StoreError
        What is stored is of another version, is known later than this answer, or the disk is full.
    CorruptFileError
        The stored calendar is damaged; it is left as it is.
    """
    added: list[Release] = []
    before: list[Release] = []

    def merge(old: "pa.Table | None", new: "pa.Table", key: Sequence[str]) -> "pa.Table":
        before[:] = [] if old is None else _rows(old)
        late = max((row.ts_known for row in before), default=0)
        if late > fresh.asked_ns:
            message = f"{fresh.source}:{fresh.calendar} holds what was known at {iso(late)}, after now."
            raise StoreError(message, "Correct this computer's clock.")
        added[:] = _not_stored(before, fresh)
        return merge_rows(old, _frame(added), key)

    partition = {"source": fresh.source, "calendar": fresh.calendar}
    about = {**partition, "definition": DEFINITION}
    written = store.upsert(TABLE, partition, _frame(fresh.rows), _KEY, about, merge=merge)
    newest = _newest(before)
    withdrawn = sum(row.status is ReleaseStatus.WITHDRAWN for row in added)
    moved = sum(
        row.status is ReleaseStatus.SCHEDULED
        and row.event in newest
        and newest[row.event].ts_begin != row.ts_begin
        for row in added
    )
    return AppendedReleases(len(added), withdrawn, moved, written.rows)


def read_releases(store: Tables, source: str, calendar: str) -> tuple[Release, ...]:
    """Every stored row of a calendar, by event and moment known.

    Raises
    ------
    StoreError
        Nothing of it is stored, or it is of another version.
    CorruptFileError
        What is stored is damaged.
    """
    partition, name = {"source": source, "calendar": calendar}, f"{source}:{calendar}"
    if not store.has(TABLE, partition):
        message = f"Nothing of the calendar {name} is stored."
        raise StoreError(message, f"Fetch it: tradewind data calendar {name} --fetch.")
    rows = store.read(TABLE, partition)
    told = provenance_of(rows)
    if told.get("definition") != DEFINITION:
        message = f"The stored calendar {name} says of itself: {told}."
        raise StoreError(message, "It was written by another version: fetch it again into another home.")
    return tuple(_rows(rows))


def stored_calendars(store: Tables) -> list[tuple[str, str]]:
    """Source and id of every calendar that is stored, in order."""
    return sorted((part["source"], part["calendar"]) for part in store.partitions(TABLE))


def _not_stored(stored: Sequence[Release], fresh: Releases) -> list[Release]:
    """Rows to add: what is new, what is said otherwise now, and what is missing where all should be."""
    newest = _newest(stored)
    by_key = {(row.event, row.ts_known): row for row in stored}
    more: list[Release] = []
    for event, group in groupby(fresh.rows, key=lambda row: row.event):
        said = list(group)
        new = [row for row in said if row.ts_known < fresh.asked_ns and (event, row.ts_known) not in by_key]
        known = max((*new, *([newest[event]] if event in newest else [])), key=_since, default=None)
        otherwise = any(not same_release(by_key.get((event, row.ts_known), row), row) for row in said)
        by_sight = said[-1].ts_known == fresh.asked_ns
        last = said[-1]._replace(ts_known=fresh.asked_ns)
        if (by_sight or otherwise) and (known is None or not same_release(known, last)):
            new += [last] if (event, fresh.asked_ns) not in by_key else []
        more += new
    told = {row.event for row in fresh.rows}
    for row in newest.values():
        missing = row.event not in told and row.status is ReleaseStatus.SCHEDULED
        ahead = row.ts_begin > fresh.asked_ns > row.ts_known
        if missing and ahead and fresh.whole_from_ns <= row.ts_begin < fresh.whole_to_ns:
            more.append(row._replace(ts_known=fresh.asked_ns, status=ReleaseStatus.WITHDRAWN))
    return more


def _since(row: Release) -> int:
    return row.ts_known


def _newest(rows: Sequence[Release]) -> dict[str, Release]:
    """The row of each event that was known last; rows are in the order of their key."""
    return {row.event: row for row in rows}


def _rows(table: "pa.Table") -> list[Release]:
    columns = [table.column(name).to_pylist() for name in Release._fields]
    made = (Release(*values) for values in zip(*columns, strict=True))
    return [row._replace(timing=Timing(row.timing), status=ReleaseStatus(row.status)) for row in made]


def _frame(rows: Sequence[Release]) -> "pa.Table":
    import pyarrow as pa

    kinds = {"ts_known": pa.int64(), "ts_begin": pa.int64(), "ts_end": pa.int64()}
    kinds |= {"estimate": pa.float64(), "actual": pa.float64()}
    return pa.table(
        {
            name: pa.array([getattr(row, name) for row in rows], kinds.get(name, pa.string()))
            for name in Release._fields
        }
    )
