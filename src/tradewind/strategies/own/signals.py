"""A strategy that is a table: at each time, which weight of an instrument is wanted from then on."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.market import Bar
from tradewind.core.panel import Floats, Ints
from tradewind.strategies.own.moment import Moment
from tradewind.strategies.own.strategy import Strategy, Wanted


class SignalSeries(NamedTuple):
    """Weights of one symbol from each time on: ``ts_ns`` (S,) UTC ns, rising, and ``weights`` (S,)."""

    ts_ns: Ints
    weights: Floats


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
            symbol: SignalSeries(np.asarray(ts_ns, np.int64), np.asarray(weights, np.float64))
            for symbol, (ts_ns, weights) in series.items()
        }
        for symbol, signals in known.items():
            _check(symbol, signals)
        self._series = _Table(known)

    def on_bar(self, bar: Bar, now: Moment) -> Wanted:
        """The weight in force; None before the first."""
        return self._series.at(now.instrument.id, now.instrument.symbol, bar.ts_event)

    @property
    def symbols(self) -> Sequence[str]:
        """What the table speaks of."""
        return self._series.symbols


class _Table:
    """Signals by symbol; no memory: the same question has the same answer."""

    def __init__(self, series: Mapping[str, SignalSeries]) -> None:
        self._series = dict(series)
        self.symbols = tuple(series)

    def at(self, instrument_id: str, symbol: str, ts_ns: int) -> float | None:
        one = self._series.get(instrument_id) or self._series.get(symbol)
        if one is None:
            return None
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
