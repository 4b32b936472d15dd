"""Longer bars from shorter ones, anchored to the trading day; a bar that is not finished is never seen.

Intraday bins start at the trading day's open, so the last one of a day may be short (XNYS by 4 hours: 4 and
2.5). A week is the trading days from Monday to Sunday. Each bar is stamped by the end of its bin, early
closes counted. Bars outside every trading day (before the open, on a holiday) are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns, Bools, Ints
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import CorporateAction, price_factors
from tradewind.data.calendars import is_week_end, trading_days, week_number
from tradewind.data.trading_days import TradingDays


@dataclass(frozen=True)
class _Bins:
    """Start (known before it) and end (the stamp) of the bin of each source bar, int64 UTC ns, (R,)."""

    start_ns: Ints
    end_ns: Ints


def resample(
    bars: BarColumns,
    timeframe: str,
    calendar: str,
    as_of_ns: int | None = None,
    *,
    splits: Sequence[CorporateAction] = (),
) -> BarColumns:
    """Bars of ``timeframe`` that are complete at ``as_of_ns`` (default: the last source bar's time).

    Open is the first, high the highest, low the lowest, close the last, volume the sum. The first bin is
    left out where its beginning lies before the first source bar. Close-only bars stay so. A bin in which
    one of ``splits`` took effect is on the basis after it, as its close is.

    Raises
    ------
    DataError
        ``timeframe`` is not longer than the bars are.
    """
    frame, own = Timeframe(timeframe), Timeframe(bars.timeframe)
    if frame.length_ns <= own.length_ns:
        message = f"Bars of {bars.timeframe} cannot be made into {timeframe}."
        raise DataError(message, "Resample to a longer timeframe; shorter bars need finer data.")
    if not len(bars):
        return replace(bars, timeframe=frame.value)
    last = int(bars.ts_event[-1])
    now = last if as_of_ns is None else as_of_ns
    week = 8 * NS_PER_DAY
    open_days = trading_days(calendar, int(bars.ts_event[0]) - week, last + 2 * week)
    index = open_days.find(bars.ts_event)
    inside = index >= 0
    bins = _bins(bars.ts_event[inside], index[inside], open_days, frame)
    bars = _on_basis_of_bin(bars, inside, bins, splits)
    return _aggregate(bars, inside, bins, frame, own, now)


def _on_basis_of_bin(
    bars: BarColumns, inside: Bools, bins: _Bins, splits: Sequence[CorporateAction]
) -> BarColumns:
    """Bars before a split, in the bin in which it took effect, at the prices after it."""
    if not splits:
        return bars
    last = int(bins.end_ns[-1]) if len(bins.end_ns) else 0
    factor = np.ones(len(bars))
    own = price_factors(splits, bars.ts_event[inside], last)
    factor[inside] = own / price_factors(splits, bins.end_ns, last)
    prices = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    return replace(bars, volume=bars.volume / factor, **prices)


def _bins(ts_event: Ints, index: Ints, open_days: TradingDays, frame: Timeframe) -> _Bins:
    opened, closed = open_days.open_ns[index], open_days.close_ns[index]
    if frame is Timeframe.D1:
        return _Bins(opened, closed)
    if frame is Timeframe.W1:
        week = week_number(open_days.day)
        ends = np.flatnonzero(is_week_end(open_days))
        end = open_days.close_ns[ends[np.searchsorted(week[ends], week[index])]]
        return _Bins(open_days.open_ns[np.searchsorted(week, week[index])], end)
    nth = (ts_event - opened - 1) // frame.length_ns
    start = opened + nth * frame.length_ns
    return _Bins(start, np.minimum(start + frame.length_ns, closed))


def _aggregate(
    bars: BarColumns, inside: Bools, bins: _Bins, frame: Timeframe, own: Timeframe, now: int
) -> BarColumns:
    rows = np.flatnonzero(inside)
    first = np.flatnonzero(np.diff(bins.end_ns, prepend=-1) != 0)
    end = bins.end_ns[first]
    wanted = end <= now
    if len(first) and _lacks_beginning(bars, rows, bins, own):
        wanted[0] = False
    if not wanted.any():
        empty = np.zeros(0)
        empties: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close", "volume"), empty)
        return replace(bars, timeframe=frame.value, ts_event=np.zeros(0, dtype=np.int64), **empties)
    past = np.append(first[1:], len(rows)) - 1
    close = bars.close[rows][past]
    made = {
        "open": bars.open[rows][first],
        "high": np.maximum.reduceat(bars.high[rows], first),
        "low": np.minimum.reduceat(bars.low[rows], first),
    }
    if not bars.has_ohlc:
        made = dict.fromkeys(made, close)
    made |= {"close": close, "volume": np.add.reduceat(bars.volume[rows], first)}
    columns: dict[str, Any] = {name: values[wanted] for name, values in made.items()}
    return replace(bars, timeframe=frame.value, ts_event=end[wanted], **columns)


def _lacks_beginning(bars: BarColumns, rows: Ints, bins: _Bins, own: Timeframe) -> bool:
    """Whether the first bin began before the first source bar did.

    A source bar of a day or more is taken to reach back to its own session's start.
    """
    if own is Timeframe.D1:
        return bool(bars.ts_event[rows[0]] - bins.start_ns[0] > NS_PER_DAY)
    return bool(bars.ts_event[rows[0]] - own.length_ns > bins.start_ns[0])
