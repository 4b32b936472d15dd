"""Observations in the store, append-only: one partition a series, one row a revision, nothing ever replaced.

What a source later says differently of a moment that is stored already does not change that row: it is kept
as a revision of its own, known when it was seen. So what was read as of a moment is read so for ever, but for
older revisions that were not fetched before.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.errors import StoreError
from tradewind.core.series import Observation, Observations, same_value
from tradewind.core.timestamps import iso
from tradewind.store.merge import merge_rows
from tradewind.store.tables import Tables, provenance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

TABLE = "series"
DEFINITION = "1"
"""Version of what a stored observation means: period by its first moment and moment known, UTC ns."""

_KEY = ("ts_period", "ts_known")


@dataclass(frozen=True)
class Appended:
    """What an append came to.

    ``added`` rows are new; ``differing`` ones were said otherwise before, which stays as it was; ``rows`` are
    all that the series now has.
    """

    added: int
    differing: int
    rows: int
    changed: bool


def append_observations(store: Tables, fresh: Observations, seen_ns: int) -> Appended:
    """Add what is not stored yet; the same twice changes no byte, and no stored row is ever changed.

    Parameters
    ----------
    fresh
        Of each period that it has, every revision that the source knows.
    seen_ns
        Now: the moment of revisions whose source does not say when it made them.

    Raises
    ------
    StoreError
        Something is known only after ``seen_ns``, the stored series is of another version, or the disk is
        full.
    CorruptFileError
        The stored series is damaged; it is left as it is.
    """
    late = fresh.ts_known > seen_ns
    if late.any():
        known, period = fresh.ts_known[late][0], fresh.ts_period[late][0]
        message = (
            f"{fresh.series_id} of {iso(int(period))} is said to be known at {iso(int(known))}, after now,"
            f" {iso(seen_ns)}."
        )
        raise StoreError(message, "Correct this computer's clock, or leave the row out.")
    before, differing = 0, 0

    def merge(old: "pa.Table | None", new: "pa.Table", key: "Sequence[str]") -> "pa.Table":
        nonlocal before, differing
        stored = [] if old is None else list(_observations(old, fresh.source, fresh.series_id).rows())
        more, differing = _not_stored(stored, list(fresh.rows()), seen_ns, by_sight=fresh.seen)
        before = len(stored)
        return merge_rows(old, _frame(more), key)

    about = {**_partition(fresh.source, fresh.series_id), "definition": DEFINITION}
    partition = _partition(fresh.source, fresh.series_id)
    written = store.upsert(TABLE, partition, _frame(list(fresh.rows())), _KEY, about, merge=merge)
    return Appended(written.rows - before, differing, written.rows, written.changed)


def read_observations(store: Tables, source: str, series_id: str) -> Observations:
    """Every stored revision; :meth:`~tradewind.core.series.Observations.as_of` chooses those of a moment.

    Raises
    ------
    StoreError
        Nothing of it is stored, or it is of another version.
    CorruptFileError
        The stored series is damaged.
    """
    if not store.has(TABLE, _partition(source, series_id)):
        message = f"Nothing of the series {source}:{series_id} is stored."
        raise StoreError(message, f"Fetch it: tradewind data series {source}:{series_id} --fetch.")
    rows = store.read(TABLE, _partition(source, series_id))
    told = provenance_of(rows)
    if told.get("definition") != DEFINITION:
        message = f"The stored series {source}:{series_id} says of itself: {told}."
        raise StoreError(message, "It was written by another version: fetch it again into another home.")
    return _observations(rows, source, series_id)


def stored_observations(store: Tables) -> list[tuple[str, str]]:
    """Source and id of every series that is stored, in order."""
    return sorted((part["source"], part["series_id"]) for part in store.partitions(TABLE))


def _not_stored(
    stored: list[Observation], fresh: list[Observation], seen_ns: int, *, by_sight: bool
) -> tuple[list[Observation], int]:
    """Rows to add, and how many of ``fresh`` are stored with another value."""
    newest = {row.ts_period: row for row in stored}  # by moment, so the last one stays
    by_key = {(row.ts_period, row.ts_known): row for row in stored}
    more: list[Observation] = []
    differing = 0
    for period, group in groupby(fresh, key=lambda row: row.ts_period):
        said = list(group)
        new = [] if by_sight else [row for row in said if (period, row.ts_known) not in by_key]
        others = [row for row in said if not same_value(by_key.get((period, row.ts_known), row), row)]
        known = [newest[period], *new] if period in newest else new
        last = max(known, key=lambda row: row.ts_known, default=None)
        if (by_sight or others) and (last is None or not same_value(last, said[-1])):
            seen = seen_ns if last is None else max(seen_ns, last.ts_known + 1)
            new = [*new, said[-1]._replace(ts_known=seen)]
        more += new
        differing += len(others)
    return more, differing


def _observations(rows: "pa.Table", source: str, series_id: str) -> Observations:
    """Every row as it is stored, also one that says what the one before it says."""
    ts_period, ts_known, value = (
        rows.column(name).to_numpy().copy() for name in ("ts_period", "ts_known", "value")
    )
    return Observations(series_id, source, ts_period, ts_known, value, tuple(rows.column("unit").to_pylist()))


def _partition(source: str, series_id: str) -> dict[str, str]:
    return {"source": source, "series_id": series_id}


def _frame(rows: list[Observation]) -> "pa.Table":
    import pyarrow as pa

    return pa.table(
        {
            "ts_period": pa.array(np.array([row.ts_period for row in rows], dtype=np.int64)),
            "ts_known": pa.array(np.array([row.ts_known for row in rows], dtype=np.int64)),
            "value": pa.array(np.array([row.value for row in rows], dtype=np.float64)),
            "unit": pa.array([row.unit for row in rows], pa.string()),
        }
    )
