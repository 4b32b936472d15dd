"""Rows as a provider gave them, before anyone looked: unsorted, with duplicates, with missing values."""

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import BAR_COLUMNS, BarColumns, Bools, Floats, Ints
from tradewind.core.ports import BarRequest
from tradewind.data.adjustment import CorporateAction

PRICES = ("open", "high", "low", "close")
BESIDE = ("adjusted_close", "spread")
"""Columns that some providers give and only the quality rules look at."""


@dataclass(frozen=True)
class RawBars:
    """Columns of one length R in the provider's own order; a value that is missing is NaN.

    ``ts_event`` int64 UTC ns of each bar's close. ``calendar`` names when bars are to be expected (empty:
    the instrument's own). ``actions`` are the splits and dividends in the rows' span; None where the
    provider cannot tell, and then the bars stay raw. ``adjusted_close`` (R,) is the provider's own close with
    dividends taken out, on the share count of the row's day: evidence for the quality rules, never used as a
    price. ``spread`` (R,) is ask less bid at the close, in the quote currency. None where there is none.
    """

    instrument_id: str
    timeframe: str
    ts_event: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    source: str
    calendar: str = ""
    synthetic: bool = False
    has_ohlc: bool = True
    has_volume: bool = True
    adjusted: bool = False
    actions: tuple[CorporateAction, ...] | None = None
    adjusted_close: Floats | None = None
    spread: Floats | None = None

    def __post_init__(self) -> None:
        sizes = {len(getattr(self, name)) for name in ("ts_event", *BAR_COLUMNS)}
        sizes |= {len(values) for name in BESIDE if (values := getattr(self, name)) is not None}
        if len(sizes) != 1:
            message = f"The raw columns of {self.instrument_id} have different lengths: {sorted(sizes)}."
            raise DataError(message, "Check the provider that made them.")

    def __len__(self) -> int:
        return len(self.ts_event)

    def take(self, rows: Bools | Ints) -> "RawBars":
        """The chosen rows, by mask or by index, in that order."""
        columns = {name: getattr(self, name)[rows] for name in ("ts_event", *BAR_COLUMNS)}
        for name in BESIDE:
            values = getattr(self, name)
            columns[name] = None if values is None else values[rows]
        return replace(self, **columns)

    def named(self, instrument_id: str) -> "RawBars":
        """The same rows and actions under another name: a source speaks of symbols, we of instruments."""
        actions = self.actions
        if actions is not None:
            actions = tuple(replace(action, instrument_id=instrument_id) for action in actions)
        return replace(self, instrument_id=instrument_id, actions=actions)

    def between(self, start_ns: int, end_ns: int) -> "RawBars":
        """The rows with ``start_ns <= ts_event < end_ns``, in their order, with the actions in the span."""
        inside = self.take((self.ts_event >= start_ns) & (self.ts_event < end_ns))
        if self.actions is None:
            return inside
        known = tuple(a for a in self.actions if start_ns <= a.ex_ns < end_ns)
        return replace(inside, actions=known)


@runtime_checkable
class RawProvider(Protocol):
    """A history provider that also shows its rows as they came, so that they can be judged."""

    name: str

    def raw_bars(self, request: BarRequest) -> RawBars:
        """The rows asked for, untouched; a typed DataError otherwise."""
        ...


@runtime_checkable
class TradedProvider(Protocol):
    """One that gives its rows as they were traded without asking for the actions beside them.

    For a live feed, which must not stand still because a vendor's list of actions is away.
    """

    def traded_bars(self, request: BarRequest) -> RawBars:
        """The rows asked for, their ``actions`` unknown; a typed DataError otherwise."""
        ...


def raw_from_bars(bars: BarColumns, calendar: str = "") -> RawBars:
    """Rows of a provider that hands over columns alone."""
    return RawBars(
        instrument_id=bars.instrument_id,
        timeframe=bars.timeframe,
        ts_event=bars.ts_event,
        open=bars.open,
        high=bars.high,
        low=bars.low,
        close=bars.close,
        volume=bars.volume,
        source=bars.source,
        calendar=calendar,
        synthetic=bars.synthetic,
        has_ohlc=bars.has_ohlc,
        has_volume=bars.has_volume,
        adjusted=bars.adjusted,
    )


def bars_from_raw(raw: RawBars) -> BarColumns:
    """Columns of rows that have been repaired; DataError where they are still out of order or incomplete."""
    if np.any(np.diff(raw.ts_event) <= 0):
        message = f"The rows of {raw.instrument_id} are not in strictly rising order of time."
        raise DataError(message, "Repair them first: sort them and drop duplicates.")
    if any(np.isnan(getattr(raw, name)).any() for name in PRICES):
        message = f"The rows of {raw.instrument_id} have missing prices."
        raise DataError(message, "Repair them first: drop or fill the rows.")
    volume = np.where(np.isnan(raw.volume), 0.0, raw.volume)
    return BarColumns(
        instrument_id=raw.instrument_id,
        timeframe=raw.timeframe,
        ts_event=raw.ts_event,
        open=raw.open,
        high=raw.high,
        low=raw.low,
        close=raw.close,
        volume=volume,
        source=raw.source,
        synthetic=raw.synthetic,
        has_ohlc=raw.has_ohlc,
        has_volume=raw.has_volume,
        adjusted=raw.adjusted,
    )
