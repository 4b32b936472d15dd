"""From one table to series of raw bars and to what was understood of it."""

from collections.abc import Callable, Sequence

import numpy as np

from tradewind.core.errors import BarFileError, UnsettledFileError
from tradewind.core.panel import Ints
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.adjustment import SPLIT
from tradewind.data.importing.corporate import OnBasis, on_basis
from tradewind.data.importing.habits import Habits, habits_of
from tradewind.data.importing.layout import Layout, layout_of
from tradewind.data.importing.options import FileBasis, ImportOptions
from tradewind.data.importing.ordering import brief, settled_rows
from tradewind.data.importing.row_faults import SeriesRows
from tradewind.data.importing.stamping import stamp_rows
from tradewind.data.importing.table import Table
from tradewind.data.importing.table_series import TableSeries, table_series
from tradewind.data.importing.understood import ReadFile, RefusedRow, Understood
from tradewind.data.raw import RawBars

CalendarOf = Callable[[str], str]
"""The calendar of a symbol, or empty where none is known."""

SOURCE = "files"


def read_table(
    table: Table, options: ImportOptions, calendar_of: CalendarOf | None = None, source: str = SOURCE
) -> ReadFile:
    """The series of a table, oldest first, stamped by their closes in UTC.

    Raises
    ------
    UnsettledFileError
        The table can be read in several ways, and an option settles which.
    BarFileError
        It is of no known shape, or a row is no bar and is not to be left out.
    """
    layout = layout_of(table, options.shape)
    found = table_series(table, layout, options)
    habits = habits_of(table, layout, options, found)
    refused, sorted_rows, notes = settled_rows(table, options, found, habits)
    if not sorted_rows:
        message = f"{table.file}: none of its {table.frame.height:,} rows is a bar."
        raise BarFileError(message, "Check the file, or say its shape (--shape).", file=table.file)
    series, more = [], []
    for rows in sorted_rows:
        raw, based = _raw(table, layout, options, rows, habits, calendar_of, source)
        series.append(raw)
        more.append(based)
    return ReadFile(
        _understood(table, layout, options, found, habits, refused, series, more, notes), tuple(series)
    )


def _raw(
    table: Table,
    layout: Layout,
    options: ImportOptions,
    rows: SeriesRows,
    habits: Habits,
    calendar_of: CalendarOf | None,
    source: str,
) -> tuple[RawBars, OnBasis]:
    calendar = (calendar_of(rows.symbol) if calendar_of is not None else "") or layout.calendar
    if not calendar and not habits.intraday:
        message = f"{table.file}: nothing says when a day of {rows.symbol} ends."
        step = "Name its calendar (--calendar): XNYS for New York, 24/5 for currencies, 24/7 for coins."
        raise UnsettledFileError(message, step, file=table.file, option="calendar")
    ts_event = stamp_rows(rows.local_ns, rows.utc_ns, habits.frame, habits.stamped, calendar)
    _require_rising(ts_event, rows, table.file)
    told = FileBasis(options.basis) if options.basis else layout.basis
    based = on_basis(rows.symbol, rows.local_ns // NS_PER_DAY, rows.line, rows.figures, told, source)
    figures = based.figures
    close = figures["close"]
    has_ohlc = {"open", "high", "low"} <= set(figures)
    nothing = np.zeros(len(rows))
    raw = RawBars(
        instrument_id=rows.symbol,
        timeframe=habits.frame.value,
        ts_event=ts_event,
        open=figures["open"] if has_ohlc else close,
        high=figures["high"] if has_ohlc else close,
        low=figures["low"] if has_ohlc else close,
        close=close,
        volume=figures.get("volume", nothing),
        source=source,
        calendar=calendar,
        has_ohlc=has_ohlc,
        has_volume="volume" in figures,
        adjusted=based.adjusted,
        actions=based.actions,
        adjusted_close=based.adjusted_close,
        spread=rows.figures.get("spread"),
    )
    return raw, based


def _require_rising(ts_event: Ints, rows: SeriesRows, file: str) -> None:
    back = np.flatnonzero(np.diff(ts_event) <= 0)
    if len(back):
        line, before = int(rows.line[back[0] + 1]), int(rows.line[back[0]])
        when = iso(int(ts_event[back[0]]))
        message = f"{file} line {line}: its bar ends when that of line {before} does, {when}."
        raise BarFileError(message, "Leave one of them out, or say the timeframe.", file=file, line=line)


def _understood(
    table: Table,
    layout: Layout,
    options: ImportOptions,
    found: TableSeries,
    habits: Habits,
    refused: tuple[RefusedRow, ...],
    series: list[RawBars],
    based: list[OnBasis],
    notes: list[str],
) -> Understood:
    moments = found.moments
    used = {layout.date: "date"} | ({layout.time: "time"} if layout.time is not None else {})
    used |= {layout.symbol: "symbol"} if layout.symbol is not None else {}
    for one in layout.series:
        used |= {place: options.field if role == "field" else role for role, place in one.places.items()}
    width = table.frame.width
    names = table.names or tuple(f"column {place + 1}" for place in range(width))
    said = [*dict.fromkeys(note for one in based for note in one.notes), *_told_actions(series)]
    if options.zone and moments.utc_ns is not None:
        said.append("the zone that was said is not used: the times tell their own")
    return Understood(
        file=table.file,
        kind=table.kind,
        shape=layout.shape,
        timeframe=habits.frame.value,
        timeframe_settled_by=habits.told_by,
        stamped=habits.stamped.value if habits.intraday else "date",
        basis=", ".join(dict.fromkeys(one.basis.value for one in based)),
        rows=table.frame.height + len(table.faults),
        first=iso(min(int(raw.ts_event[0]) for raw in series)),
        last=iso(max(int(raw.ts_event[-1]) for raw in series)),
        instruments=tuple(raw.instrument_id for raw in series),
        packed=table.packed,
        encoding=table.encoding,
        delimiter=table.delimiter,
        decimal=found.decimal,
        date_order=moments.date_order,
        date_order_settled_by=moments.settled_by,
        zone=habits.zone or ("in the times" if moments.utc_ns is not None else ""),
        columns_used={names[place]: role for place, role in sorted(used.items())},
        columns_ignored=tuple(names[place] for place in range(width) if place not in used),
        refused=refused,
        empty_cells=found.empty_cells,
        notes=tuple(dict.fromkeys([*table.notes, *layout.notes, *moments.notes, *brief(notes), *said])),
    )


def _told_actions(series: Sequence[RawBars]) -> list[str]:
    """How many splits and dividends the file tells of; nothing where it tells of none."""
    known = [raw.actions for raw in series if raw.actions is not None]
    if not known:
        return []
    splits = sum(action.kind == SPLIT for actions in known for action in actions)
    dividends = sum(map(len, known)) - splits
    return [f"splits told of: {splits}, dividends: {dividends}"]
