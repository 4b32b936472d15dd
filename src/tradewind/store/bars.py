"""Bars in the store: one partition a series, back exactly as they went in.

A series is instrument, timeframe, source and price basis (raw or adjusted): prices of two sources, or of two
bases, are never spliced. What else is told of it (synthetic, close only, without volume) is kept with it,
and bars that tell otherwise are refused, so that made-up prices cannot slip among real ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.errors import StoreError
from tradewind.core.panel import BAR_COLUMNS, BarColumns, Ints
from tradewind.store.tables import Between, Tables, Written, provenance_of

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "bars"
DEFINITION = "1"
"""Version of what a stored bar means: stamped by its close, UTC ns, prices in quote currency."""

_FLAGS = ("synthetic", "has_ohlc", "has_volume")


@dataclass(frozen=True)
class BarSeries:
    """Identity of a stored series."""

    instrument_id: str
    timeframe: str
    source: str
    adjusted: bool

    def partition(self) -> dict[str, str]:
        """Its partition of the table ``bars``."""
        basis = "adjusted" if self.adjusted else "raw"
        return {
            "instrument_id": self.instrument_id,
            "timeframe": self.timeframe,
            "source": self.source,
            "basis": basis,
        }


def save_bars(store: Tables, bars: BarColumns, *, replace: bool = False) -> Written:
    """Merge bars into their series, newest wins; ``replace`` drops what is stored of the series.

    Raises
    ------
    StoreError
        The times do not rise, the stored series is of another kind, or the disk is full.
    CorruptFileError
        The stored series is damaged; it is left as it is.
    """
    rises = bars.ts_event[1:] > bars.ts_event[:-1]
    if not rises.all():
        message = (
            f"Bar {int(np.argmin(rises)) + 1} of {bars.instrument_id} is not later than the one before it."
        )
        raise StoreError(message, "Sort the bars and remove duplicates before saving them.")
    series = BarSeries(bars.instrument_id, bars.timeframe, bars.source, bars.adjusted)
    flags = {name: str(getattr(bars, name)).lower() for name in _FLAGS}
    provenance = series.partition() | flags | {"definition": DEFINITION}
    return store.upsert(TABLE, series.partition(), _frame(bars), ["ts_event"], provenance, replace=replace)


def load_bars(
    store: Tables,
    instrument_id: str,
    timeframe: str,
    start_ns: int | None = None,
    end_ns: int | None = None,
    *,
    source: str | None = None,
    adjusted: bool | None = None,
) -> BarColumns:
    """Stored bars with ``start_ns <= ts_event < end_ns``, oldest first; empty when the series has none there.

    Raises
    ------
    StoreError
        No series of that instrument and timeframe is stored, or several are and ``source`` or ``adjusted``
        does not choose among them.
    CorruptFileError
        The stored series is damaged.
    """
    series = _choose(store, instrument_id, timeframe, source, adjusted)
    rows = store.read(TABLE, series.partition(), where=Between("ts_event", start_ns, end_ns))
    return _bars_of(series, rows)


def load_series(
    store: Tables, series: Sequence[BarSeries], start_ns: int | None = None, end_ns: int | None = None
) -> list[BarColumns]:
    """The bars of many series at once, each as :func:`load_bars` gives it, in their order.

    Raises
    ------
    StoreError
        One of them is not stored.
    CorruptFileError
        One of them is damaged.
    """
    where = Between("ts_event", start_ns, end_ns)
    return store.read_many(
        TABLE, [one.partition() for one in series], lambda each, rows: _bars_of(_series(each), rows), where
    )


def _bars_of(series: BarSeries, rows: "pa.Table") -> BarColumns:
    told = provenance_of(rows)
    if told.get("definition") != DEFINITION or told.get("instrument_id") != series.instrument_id:
        message = f"The stored bars of {series.instrument_id} {series.timeframe} say of themselves: {told}."
        raise StoreError(message, "They were written by another version: fetch them again.")
    # Copies, because arrays that view the file's memory cannot be written to.
    values = {name: rows.column(name).to_numpy().copy() for name in rows.column_names}
    return BarColumns(
        series.instrument_id,
        series.timeframe,
        values["ts_event"],
        values["open"],
        values["high"],
        values["low"],
        values["close"],
        values["volume"],
        source=series.source,
        adjusted=series.adjusted,
        synthetic=told["synthetic"] == "true",
        has_ohlc=told["has_ohlc"] == "true",
        has_volume=told["has_volume"] == "true",
    )


def stored_series(
    store: Tables, instrument_id: str | None = None, timeframe: str | None = None
) -> list[BarSeries]:
    """All series that are stored, or those of an instrument or timeframe."""
    where = {"instrument_id": instrument_id, "timeframe": timeframe}
    found = store.partitions(TABLE, {key: value for key, value in where.items() if value is not None})
    return [_series(partition) for partition in found]


def bar_times(store: Tables, series: BarSeries) -> Ints:
    """Times of a series' bars, rising, int64 UTC ns; StoreError where it is not stored."""
    times: Ints = store.read(TABLE, series.partition(), columns=["ts_event"]).column("ts_event").to_numpy()
    return times


def stored_range(store: Tables, series: BarSeries) -> tuple[int, int] | None:
    """First and last ``ts_event`` of a series, None when it is not stored: where a backfill goes on."""
    if not store.has(TABLE, series.partition()):
        return None
    times = store.read(TABLE, series.partition(), columns=["ts_event"]).column("ts_event")
    return (times[0].as_py(), times[-1].as_py()) if len(times) else None


def _series(partition: Mapping[str, str]) -> BarSeries:
    return BarSeries(
        instrument_id=partition["instrument_id"],
        timeframe=partition["timeframe"],
        source=partition["source"],
        adjusted=partition["basis"] == "adjusted",
    )


def _choose(
    store: Tables, instrument_id: str, timeframe: str, source: str | None, adjusted: bool | None
) -> BarSeries:
    found = [
        series
        for series in stored_series(store, instrument_id, timeframe)
        if source in (None, series.source) and adjusted in (None, series.adjusted)
    ]
    if not found:
        message = f"No bars of {instrument_id} {timeframe} are stored."
        raise StoreError(message, "Fetch them first, or check instrument, timeframe and source.")
    if len(found) > 1:
        names = ", ".join(f"{s.source or '(no source)'} {'adjusted' if s.adjusted else 'raw'}" for s in found)
        message = f"There are {len(found)} stored series of {instrument_id} {timeframe}: {names}."
        raise StoreError(message, "Say which one by its source and whether it is adjusted.")
    return found[0]


def _frame(bars: BarColumns) -> "pa.Table":
    import pyarrow as pa

    columns = {"ts_event": pa.array(np.asarray(bars.ts_event, dtype=np.int64))}
    for name in BAR_COLUMNS:
        columns[name] = pa.array(np.asarray(getattr(bars, name), dtype=np.float64))
    return pa.table(columns)
