"""Holes of stored series: which bars are due by the calendar and not there, and what is known of why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.app.market.workspace import Workspace
from tradewind.core.market import Timeframe
from tradewind.core.panel import Bools, Ints
from tradewind.data.asked import ASKED, Span, inside_spans, read_asked
from tradewind.data.backfill import missing_closes
from tradewind.data.calendars import expected_closes
from tradewind.data.keeping import read_calendar
from tradewind.store.bars import BarSeries, bar_times, stored_series
from tradewind.store.tables import Tables

NEVER_ASKED, ASKED_AND_EMPTY = "never asked for", "the source has none"


@dataclass(frozen=True)
class Hole:
    """Bars in a row that are due and not there, by the times of the first and the last of them."""

    first_ns: int
    last_ns: int
    bars: int
    why: str
    """``never asked for``, or ``the source has none``: it was asked for all of that time and answered."""


@dataclass(frozen=True)
class SeriesHoles:
    """A stored series against its calendar, between its first and its last bar. ``due`` counts bars."""

    instrument_id: str
    timeframe: str
    source: str
    calendar: str
    first_ns: int
    last_ns: int
    stored: int
    due: int
    holes: tuple[Hole, ...]

    @property
    def missing(self) -> int:
        """Bars that are due and not there."""
        return sum(hole.bars for hole in self.holes)


def find_holes(
    workspace: Workspace, symbols: Sequence[str] = (), timeframe: str = "", source: str = ""
) -> list[SeriesHoles]:
    """Holes of all stored series, or of those that are named, the one with most missing bars first.

    Raises
    ------
    UnknownSymbolError
        A symbol is no instrument.
    ConfigError
        There are no bars of such a length.
    NoDataError
        A calendar does not know its trading days for all of a series.
    """
    tables, frame = workspace.tables, Timeframe(timeframe).value if timeframe else None
    names: list[str | None] = list(workspace.instruments.named(symbols)) if symbols else [None]
    series = [one for name in names for one in stored_series(tables, name, frame)]
    found = [_holes_of(workspace, one) for one in series if source in ("", one.source)]
    return sorted(found, key=lambda one: (-one.missing, one.instrument_id, one.timeframe, one.source))


def _holes_of(workspace: Workspace, series: BarSeries) -> SeriesHoles:
    tables, name, frame = workspace.tables, series.instrument_id, series.timeframe
    times = bar_times(tables, series)
    calendar = read_calendar(tables, name, frame, series.source) or _calendar(workspace, name)
    span = Span(int(times[0]), int(times[-1]) + 1)
    due = expected_closes(calendar, frame, span.start_ns, span.end_ns)
    absent = missing_closes(frame, calendar, span, times, ())
    empty = inside_spans(absent, _answered(tables, name, frame))
    return SeriesHoles(
        instrument_id=name,
        timeframe=frame,
        source=series.source,
        calendar=calendar,
        first_ns=span.start_ns,
        last_ns=int(times[-1]),
        stored=len(times),
        due=len(due),
        holes=tuple(_in_rows(due, absent, empty)),
    )


def _calendar(workspace: Workspace, instrument_id: str) -> str:
    (instrument,) = workspace.instruments.named([instrument_id]).values()
    return instrument.calendar


def _answered(tables: Tables, instrument_id: str, timeframe: str) -> list[Span]:
    """What any source has answered."""
    parts = tables.partitions(ASKED, {"instrument_id": instrument_id, "timeframe": timeframe})
    return [span for part in parts for span in read_asked(tables, instrument_id, timeframe, part["provider"])]


def _in_rows(due: Ints, absent: Ints, empty: Bools) -> list[Hole]:
    """Missing bars that follow one another, as one hole where the same is known of them."""
    place = np.searchsorted(due, absent)
    breaks = (np.diff(place) != 1) | (np.diff(empty.astype(np.int8)) != 0)
    parts = np.split(np.arange(len(absent)), np.flatnonzero(breaks) + 1)
    return [
        Hole(
            int(absent[rows[0]]),
            int(absent[rows[-1]]),
            len(rows),
            ASKED_AND_EMPTY if empty[rows[0]] else NEVER_ASKED,
        )
        for rows in parts
        if len(rows)
    ]
