"""A strategy that is a table: at each time, which weight of an instrument is wanted from then on."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.market import Bar, Timeframe
from tradewind.core.panel import Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.strategies.own.moment import Moment
from tradewind.strategies.own.strategy import Strategy, Wanted


class SignalSeries(NamedTuple):
    """Weights of one symbol from each time on: ``ts_ns`` (S,) UTC ns, rising, and ``weights`` (S,).

    With ``by_day`` the times are the ends of days in UTC, and a signal of a day is in force from the close of
    that day's bar on; on bars within a day, from the day after.
    """

    ts_ns: Ints
    weights: Floats
    by_day: bool = False


class Signals(Strategy):
    """Holds the newest weight that was stamped at or before the close of the bar; before the first, nothing.

    A signal that a bar's own close led to is acted on after that close: its order fills later, never on it.

    Parameters
    ----------
    series
        By symbol, ``(ts_ns, weights)``; DataError where times do not rise, or a weight is not finite.
    """

    __slots__ = ("_series",)
    """The table is what the strategy is, not what it remembers: a slot keeps it out of snapshots."""

    def __init__(self, series: Mapping[str, SignalSeries | tuple[Ints, Floats]]) -> None:
        super().__init__()
        known = {
            symbol: SignalSeries(np.asarray(one[0], np.int64), np.asarray(one[1], np.float64), *one[2:])
            for symbol, one in series.items()
        }
        for symbol, signals in known.items():
            _check(symbol, signals)
        self._series = _Table(known)

    def on_bar(self, bar: Bar, now: Moment) -> Wanted:
        """The weight in force; None before the first."""
        return self._series.at(now.instrument.id, now.instrument.symbol, bar)

    @property
    def symbols(self) -> Sequence[str]:
        """What the table speaks of."""
        return self._series.symbols


class _Table:
    """Signals by symbol; no memory: the same question has the same answer."""

    def __init__(self, series: Mapping[str, SignalSeries]) -> None:
        self._series = dict(series)
        self.symbols = tuple(series)

    def at(self, instrument_id: str, symbol: str, bar: Bar) -> float | None:
        one = self._series.get(instrument_id) or self._series.get(symbol)
        if one is None:
            return None
        ts_ns = bar.ts_event
        if one.by_day and Timeframe(bar.timeframe).length_ns >= NS_PER_DAY:
            ts_ns = (
                (ts_ns - 1) // NS_PER_DAY + 1
            ) * NS_PER_DAY  # a day that closes at midnight is the one before
        row = int(np.searchsorted(one.ts_ns, ts_ns, side="right")) - 1
        return float(one.weights[row]) if row >= 0 else None


def _check(symbol: str, series: SignalSeries) -> None:
    if not len(series.ts_ns) or len(series.ts_ns) != len(series.weights):
        message = f"The signals of {symbol} have {len(series.ts_ns)} times and {len(series.weights)} weights."
        raise DataError(message, "Give one weight for each time.")
    if np.any(np.diff(series.ts_ns) <= 0):
        row = int(np.argmax(np.diff(series.ts_ns) <= 0)) + 1
        message = f"Signal {row + 1} of {symbol} is not later than the one before it."
        raise DataError(message, "Sort the signals by time and keep one for each time.")
    if not np.isfinite(series.weights).all():
        row = int(np.argmin(np.isfinite(series.weights)))
        message = f"Signal {row + 1} of {symbol} is {series.weights[row]}."
        raise DataError(message, "Give each weight as a number; 0 is flat.")
