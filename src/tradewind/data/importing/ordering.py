"""Rows that are bars, in order of time, and those that are left out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tradewind.core.panel import Ints
from tradewind.core.timestamps import iso
from tradewind.data.importing.habits import Habits
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.row_faults import SeriesRows, repeated_rows, settle_faults
from tradewind.data.importing.spacing import require_one_spacing
from tradewind.data.importing.table import Table
from tradewind.data.importing.table_series import TableSeries
from tradewind.data.importing.understood import RefusedRow
from tradewind.data.importing.zones import to_utc

_NOTES = 3


def settled_rows(
    table: Table, options: ImportOptions, found: TableSeries, habits: Habits
) -> tuple[tuple[RefusedRow, ...], list[SeriesRows], list[str]]:
    """The rows of each series that are bars, in order of time; those that are none; notes.

    Raises
    ------
    BarFileError
        There are rows that are none, and they are not to be left out; or two timeframes.
    """
    refused = [RefusedRow(*fault) for fault in table.faults]
    kept: list[SeriesRows] = []
    several = len(found.rows) > 1
    for rows, known in zip(found.rows, found.faults, strict=True):
        faults = dict(known)
        if habits.zone:
            utc, untold = to_utc(rows.local_ns, habits.zone)
            rows = replace(rows, utc_ns=utc)
            for place in np.flatnonzero(untold):
                when = iso(int(rows.local_ns[place])).removesuffix("Z")
                faults.setdefault(
                    int(rows.row[place]), f"the time {when} is none in {habits.zone}, or is two"
                )
        sound = rows.take(~np.isin(rows.row, list(faults))) if faults else rows
        again = repeated_rows(sound, times_of(sound))
        faults |= again
        if again:
            sound = sound.take(~np.isin(sound.row, list(again)))
        words = f" ({rows.symbol})" if several else ""
        refused += [RefusedRow(int(table.line[row]), reason + words) for row, reason in faults.items()]
        kept.append(sound)
    count = table.frame.height + len(table.faults)
    listed = settle_faults(refused, count, skip=options.skip_bad_rows, file=table.file, unit=table.unit)
    ordered, notes = [], []
    for rows in kept:
        if len(rows):
            rows, note = _in_order(rows)
            notes += [note] if note else []
            require_one_spacing(times_of(rows), rows.line, habits.frame, habits.stamped, table.file)
            ordered.append(rows)
    return listed, ordered, notes


def _in_order(rows: SeriesRows) -> tuple[SeriesRows, str]:
    times = times_of(rows)
    steps = np.diff(times)
    if np.all(steps > 0):
        return rows, ""
    if np.all(steps < 0):
        return rows.take(np.arange(len(rows))[::-1]), f"{rows.symbol}: rows were newest first and were turned"
    late = np.flatnonzero(steps < 0)
    line = int(rows.line[late[0] + 1])
    note = f"{rows.symbol}: {len(late)} rows came after later ones (first line {line}) and were sorted"
    return rows.take(np.argsort(times, kind="stable")), note


def times_of(rows: SeriesRows) -> Ints:
    """Moments where they are known, else the clock's readings (R,)."""
    return rows.local_ns if rows.utc_ns is None else rows.utc_ns


def brief(notes: Sequence[str]) -> list[str]:
    """The first few of notes that each speak of one instrument, and how many more there are."""
    more = len(notes) - _NOTES
    return [*notes[:_NOTES], *([f"and {more} more of the kind"] if more > 0 else [])]
