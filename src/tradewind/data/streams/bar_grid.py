"""When bars of a market are due, and whether silence means anything now."""

from bisect import bisect_left, bisect_right

from tradewind.core.market import Timeframe
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.trading_calendar import ROUND_THE_CLOCK
from tradewind.data.calendars import expected_closes, trading_calendar

_AHEAD_NS = 30 * NS_PER_DAY
_BEHIND_NS = 15 * NS_PER_DAY  # longer than any market is closed


class BarGrid:
    """Ends of a calendar's bars of one timeframe; those of ``24/7`` lie on multiples of its length."""

    def __init__(self, calendar: str, frame: Timeframe) -> None:
        self.calendar, self.frame = calendar, frame
        self._ends: list[int] = []
        self._reach = (0, 0)

    def next_end(self, ts_ns: int) -> int:
        """End of the first bar that ends after ``ts_ns``; of one that itself lies on the grid or, at the
        beginning of a run, anywhere.
        """
        if self.calendar == ROUND_THE_CLOCK:
            return ts_ns + self.frame.length_ns
        ends = self._around(ts_ns)
        return ends[bisect_right(ends, ts_ns)]

    def is_end(self, ts_ns: int) -> bool:
        """Whether a bar ends then."""
        if self.calendar == ROUND_THE_CLOCK:
            return ts_ns % self.frame.length_ns == 0
        ends = self._around(ts_ns)
        return ends[bisect_left(ends, ts_ns)] == ts_ns

    def is_trading(self, ts_ns: int, for_ns: int = 0) -> bool:
        """Whether the market is open, and has been for ``for_ns``."""
        if self.calendar == ROUND_THE_CLOCK:
            return True
        table = trading_calendar(self.calendar, ts_ns - _BEHIND_NS, ts_ns + _BEHIND_NS)
        return table.is_open(ts_ns) and table.trading_span(ts_ns)[0] <= ts_ns - for_ns

    def _around(self, ts_ns: int) -> list[int]:
        first, last = self._reach
        if not first <= ts_ns < last:
            self._reach = (ts_ns - NS_PER_DAY, ts_ns + _AHEAD_NS - _BEHIND_NS)
            found = expected_closes(self.calendar, self.frame.value, self._reach[0], ts_ns + _AHEAD_NS)
            self._ends = found.tolist()
        return self._ends
