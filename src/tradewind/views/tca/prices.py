"""An instrument's prices as a journal tells them: what came after a fill, what a day closed at, a VWAP."""

import math
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from fractions import Fraction

from tradewind.core.market import Bar, Timeframe
from tradewind.core.money import round_to_grid
from tradewind.core.trading_calendar import account_day


@dataclass
class _Bars:
    ts: "array[int]" = field(default_factory=lambda: array("q"))
    close: "array[int]" = field(default_factory=lambda: array("q"))
    thrice_typical: "array[int]" = field(default_factory=lambda: array("q"))
    """High, low and close added: three times the usual stand-in for a bar's own VWAP."""
    volume: "array[float]" = field(default_factory=lambda: array("d"))


class PriceLine:
    """Prices of one instrument in ticks, in time order; a split or dividend breaks the line."""

    def __init__(self) -> None:
        self._bars: dict[str, _Bars] = {}
        self._marks = _Bars()
        self._breaks: list[int] = []

    def take_bar(self, bar: Bar, tick: float) -> int:
        """Add a bar; its close in ticks."""
        bars = self._bars.setdefault(bar.timeframe, _Bars())
        high, low, close = (round_to_grid(price, tick) for price in (bar.high, bar.low, bar.close))
        bars.ts.append(bar.ts_event)
        bars.close.append(close)
        bars.thrice_typical.append(high + low + close)
        bars.volume.append(bar.volume)
        return close

    def take_middle(self, ts_ns: int, ticks: int) -> None:
        """Add the middle of a quote."""
        self._marks.ts.append(ts_ns)
        self._marks.close.append(ticks)

    def break_at(self, ts_ns: int) -> None:
        """A corporate action: prices before and after are not of the same thing."""
        self._breaks.append(ts_ns)

    def after(self, ts_ns: int, count: int) -> int | None:
        """The ``count``-th price after a moment: closes of the finest bars, of quotes where there are no
        bars. None where the journal ends before it, or an action lies between.
        """
        line = self._finest()
        at = bisect_right(line.ts, ts_ns) + count - 1
        if at >= len(line.ts) or self._broken(ts_ns, line.ts[at]):
            return None
        return line.close[at]

    def close_of_day(self, ts_ns: int) -> int | None:
        """The last price of the account's day that holds a moment."""
        line = self._finest()
        day = account_day(ts_ns)
        last = None
        for at in range(bisect_left(line.ts, ts_ns), len(line.ts)):
            if account_day(line.ts[at]) != day:
                break
            last = at
        if last is None or self._broken(ts_ns, line.ts[last]):
            return None
        return line.close[last]

    def vwap(self, after_ns: int, until_ns: int) -> Fraction | None:
        """Volume-weighted price in ticks of the finest bars that closed in ``(after, until]``.

        None where they have no volume.
        """
        line = self._finest()
        if self._broken(after_ns, until_ns) or line is self._marks:
            return None
        value, volume = Fraction(0), Fraction(0)
        for at in range(bisect_right(line.ts, after_ns), bisect_right(line.ts, until_ns)):
            if math.isfinite(line.volume[at]) and line.volume[at] > 0:
                traded = Fraction(line.volume[at])
                value += traded * line.thrice_typical[at]
                volume += 3 * traded
        return value / volume if volume else None

    def _finest(self) -> _Bars:
        if not self._bars:
            return self._marks
        return self._bars[min(self._bars, key=lambda name: Timeframe(name).length_ns)]

    def _broken(self, start_ns: int, stop_ns: int) -> bool:
        return any(start_ns < ts <= stop_ns for ts in self._breaks)
