"""From a table and its layout to rows of each instrument: the cells read, the faults noted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.errors import UnsettledFileError
from tradewind.core.panel import Bools, Floats, Ints
from tradewind.data.importing.cells import is_missing
from tradewind.data.importing.layout import Layout, SeriesColumns
from tradewind.data.importing.moment_columns import Moments
from tradewind.data.importing.moments import moments_of
from tradewind.data.importing.numbers import Numbers, decimal_sign, numbers_of
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.quotes import with_middle
from tradewind.data.importing.row_faults import Faults, SeriesRows, figure_faults
from tradewind.data.importing.table import Table

if TYPE_CHECKING:
    import polars as pl

_SYMBOL = re.compile(r"[A-Za-z0-9^][A-Za-z0-9.^=_/!:-]*")
_PRICES = ("open", "high", "low", "close", "adjusted_close")


@dataclass(frozen=True)
class TableSeries:
    """Rows by instrument with the faults of each, and what was found on the way."""

    rows: tuple[SeriesRows, ...]
    faults: tuple[Faults, ...]
    moments: Moments
    decimal: str
    empty_cells: int = 0


def table_series(table: Table, layout: Layout, options: ImportOptions) -> TableSeries:
    """Read every cell that the layout uses.

    Raises
    ------
    UnsettledFileError
        Dates, decimals or the symbol can be read in several ways.
    BarFileError
        The dates contradict each other, or none can be read.
    """
    time = None if layout.time is None else table.column(layout.time)
    moments = moments_of(table.column(layout.date), time, table.line, options, table.file)
    places = sorted({place for series in layout.series for place in series.places.values()})
    columns = {place: table.column(place) for place in places}
    decimal = options.decimal or decimal_sign(list(columns.values()), table.file)
    figures = {place: numbers_of(column, decimal) for place, column in columns.items()}
    whole = np.arange(table.frame.height, dtype=np.int64)
    if layout.symbol is not None:
        groups, unnamed = _by_symbol(table.column(layout.symbol), layout, options, table.file)
    else:
        groups, unnamed = {series.symbol: whole for series in layout.series}, []
        if len(layout.series) == 1 and not layout.series[0].symbol:
            groups = {symbol_of_file(table, layout, options): whole}
    dates = _date_faults(table, layout, moments)
    sparse = layout.symbol is None and bool(layout.series[0].symbol)
    found: list[tuple[SeriesRows, Faults]] = []
    empty = 0
    for nth, (symbol, at) in enumerate(groups.items()):
        columns_of = layout.series[nth if sparse else 0]
        rows, faults = _one(table, layout, options, symbol, at, columns_of, moments, figures)
        if sparse:
            filled = ~_nothing(rows)
            empty += int((~filled).sum())
            rows = rows.take(filled)
            kept = set(rows.row.tolist())
            faults = {row: reason for row, reason in faults.items() if row in kept}
        inside = set(rows.row.tolist()) if dates else set()
        faults = {row: reason for row, reason in dates.items() if row in inside} | {
            row: reason for row, reason in faults.items() if row not in dates
        }
        found.append((rows, faults))
    if unnamed and found:
        found[0][1].update(dict.fromkeys(unnamed, "the symbol is missing"))
    return TableSeries(
        tuple(rows for rows, _ in found), tuple(faults for _, faults in found), moments, decimal, empty
    )


def symbol_of_file(table: Table, layout: Layout, options: ImportOptions) -> str:
    """The symbol that is said, else that of the file's name in its source's habit, else the name itself.

    Raises
    ------
    UnsettledFileError
        None of them is a symbol.
    """
    symbol = options.symbol or layout.name_symbol or table.title
    if not _SYMBOL.fullmatch(symbol):
        message = f"{table.file} does not say which instrument it is of."
        raise UnsettledFileError(
            message, "Say the symbol (--symbol), or name the file after it.", file=table.file, option="symbol"
        )
    return _spelt(symbol, layout) if not options.symbol else symbol


def _one(
    table: Table,
    layout: Layout,
    options: ImportOptions,
    symbol: str,
    at: Ints,
    columns: SeriesColumns,
    moments: Moments,
    figures: Mapping[int, Numbers],
) -> tuple[SeriesRows, Faults]:
    places = {(options.field if role == "field" else role): place for role, place in columns.places.items()}
    values: dict[str, Floats] = {}
    bad: dict[str, Bools] = {}
    for role, place in places.items():
        scale = layout.price_scale if role in _PRICES else 1.0
        values[role] = figures[place].values[at] * scale if scale != 1.0 else figures[place].values[at]
        if figures[place].bad.any():
            bad[role] = figures[place].bad[at]
    rows = SeriesRows(
        symbol=symbol,
        row=at,
        line=table.line[at],
        local_ns=moments.local_ns[at],
        utc_ns=None if moments.utc_ns is None else moments.utc_ns[at],
        figures=with_middle(values),
    )
    return rows, figure_faults(rows, bad, lambda row, role: str(table.column(places[role])[row]))


def _by_symbol(
    column: "pl.Series", layout: Layout, options: ImportOptions, file: str
) -> tuple[dict[str, Ints], list[int]]:
    import polars as pl

    words = column.cast(pl.String).str.strip_chars()
    codes, first = np.unique(words.fill_null("").to_numpy(), return_inverse=True)
    groups: dict[str, Ints] = {}
    unnamed: list[int] = []
    order = np.argsort(first, kind="stable")
    ends = np.cumsum(np.bincount(first, minlength=len(codes)))
    for nth, (word, end) in enumerate(zip(codes.tolist(), ends.tolist(), strict=True)):
        at = order[(ends[nth - 1] if nth else 0) : end].astype(np.int64)
        if is_missing(word):
            unnamed += at.tolist()
            continue
        symbol = _spelt(word, layout)
        groups[symbol] = np.sort(np.concatenate([groups[symbol], at])) if symbol in groups else at
    if options.symbol:
        chosen = options.symbol.upper()
        if chosen not in groups:
            message = f"{file} has no {chosen}: it has {_some(sorted(groups))}."
            raise UnsettledFileError(
                message, "Say one of its symbols (--symbol), or none for all.", file=file, option="symbol"
            )
        return {chosen: groups[chosen]}, []
    return groups, unnamed


def _spelt(word: str, layout: Layout) -> str:
    found = re.fullmatch(layout.symbol_pattern, word, re.IGNORECASE) if layout.symbol_pattern else None
    return (found[1] if found else word).upper()


def _date_faults(table: Table, layout: Layout, moments: Moments) -> Faults:
    found: Faults = {}
    for row in np.flatnonzero(moments.bad).tolist():
        words = [table.column(place)[row] for place in (layout.date, layout.time) if place is not None]
        said = " ".join(str(word) for word in words if word is not None)
        found[row] = f"the date is {said!r}" if said else "the date is missing"
    return found


def _nothing(rows: SeriesRows) -> Bools:
    """Rows in which the instrument has no price."""
    empty = np.ones(len(rows), dtype=np.bool_)
    for name, values in rows.figures.items():
        if name in _PRICES:
            empty &= np.isnan(values)
    return empty


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
