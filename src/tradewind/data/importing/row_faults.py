"""Rows that can be no bars, found all at once: the file is refused for them, or they are put aside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tradewind.core.errors import BarFileError
from tradewind.core.panel import Bools, Floats, Ints
from tradewind.data.importing.understood import RefusedRow

PRICES = ("open", "high", "low", "close", "adjusted_close")
_SLACK = 1e-9
_SHOWN = 5


@dataclass(frozen=True)
class SeriesRows:
    """Rows of one instrument in the file's order, (R,); ``row`` counts in the table."""

    symbol: str
    row: Ints
    line: Ints
    local_ns: Ints
    utc_ns: Ints | None
    figures: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: Bools | Ints) -> "SeriesRows":
        """The chosen rows, in that order."""
        return replace(
            self,
            row=self.row[rows],
            line=self.line[rows],
            local_ns=self.local_ns[rows],
            utc_ns=None if self.utc_ns is None else self.utc_ns[rows],
            figures={name: values[rows] for name, values in self.figures.items()},
        )


Faults = dict[int, str]
"""Reason by the row's place in the table; the first one found stands."""


def figure_faults(rows: SeriesRows, bad: Mapping[str, Bools], cell: Callable[[int, str], str]) -> Faults:
    """Cells that are no numbers, prices that are missing or endless, ranges that are none.

    ``bad`` are masks over ``rows`` by column, ``cell(row, column)`` the text of a cell.
    """
    found: Faults = {}

    def note(mask: Bools, reason: Callable[[int], str]) -> None:
        for place in np.flatnonzero(mask):
            found.setdefault(int(rows.row[place]), reason(int(place)))

    for name, mask in bad.items():
        note(mask, lambda at, name=name: f"the {_said(name)} is {cell(int(rows.row[at]), name)!r}")  # type: ignore[misc]
    for name, values in rows.figures.items():
        if name in PRICES:
            note(np.isnan(values), lambda _, name=name: f"the {_said(name)} is missing")  # type: ignore[misc]
        note(np.isinf(values), lambda at, name=name: f"the {_said(name)} is {rows.figures[name][at]}")  # type: ignore[misc]
        if name in ("volume", "dividend"):
            note(values < 0, lambda at, name=name: f"the {name} is {rows.figures[name][at]:g}")  # type: ignore[misc]
    if {"high", "low"} <= set(rows.figures):
        high, low = rows.figures["high"], rows.figures["low"]
        below = np.isfinite(high) & (high < low * (1.0 - _SLACK * np.sign(low)))
        note(below, lambda at: f"the high of {high[at]:g} is below the low of {low[at]:g}")
    if "split" in rows.figures:
        note(rows.figures["split"] < 0, lambda at: f"the split is {rows.figures['split'][at]:g}")
    return found


def repeated_rows(rows: SeriesRows, ts_ns: Ints) -> Faults:
    """Rows whose time comes again further down: the last one given is the correction."""
    order = np.argsort(ts_ns, kind="stable")
    again = np.flatnonzero(ts_ns[order][1:] == ts_ns[order][:-1])
    return {
        int(rows.row[order[at]]): f"line {int(rows.line[order[at + 1]])} has the same time{_of(rows.symbol)}"
        for at in again
    }


def settle_faults(
    found: Sequence[RefusedRow], count: int, *, skip: bool, file: str, unit: str
) -> tuple[RefusedRow, ...]:
    """The rows to leave out of ``count``, in the file's order.

    Raises
    ------
    BarFileError
        There are some and ``skip`` is not said, or nothing else is left.
    """
    refused = tuple(sorted(found, key=lambda row: row.line))
    lines = sorted({row.line for row in refused})
    if refused and (not skip or len(lines) >= count):
        message = f"{file} {unit} {refused[0].line}: {refused[0].reason}."
        if len(lines) > 1:
            some = ", ".join(map(str, lines[:_SHOWN])) + (", ..." if len(lines) > _SHOWN else "")
            message = f"{message[:-1]}; {len(lines):,} of {count:,} rows are no bars ({unit}s {some})."
        step = "Repair them, or leave them out and have them listed: skip_bad_rows (--skip-bad-rows)."
        if len(lines) >= count:
            step = "Check the file, or say its shape and what else it does not say itself."
        raise BarFileError(message, step, file=file, line=refused[0].line)
    return refused


def _said(name: str) -> str:
    return name.replace("_", " ")


def _of(symbol: str) -> str:
    return f" of {symbol}" if symbol else ""
