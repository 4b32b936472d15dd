"""Where the driver gets its time from. Nothing inside the loop reads a clock: time arrives as an event."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the driver, never the reducer, what time it is."""

    def now_ns(self) -> int:
        """UTC nanoseconds."""
        ...


class WallClock:
    """The machine's own clock, for live and paper sessions on a live feed."""

    def now_ns(self) -> int:
        """UTC nanoseconds of the system clock."""
        return time.time_ns()


class SimulatedClock:
    """A clock that stands where the feed last put it, for backtests and replayed feeds."""

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        """UTC nanoseconds of the last event."""
        return self._now_ns

    def advance_to(self, ts_ns: int) -> None:
        """Move forward; a time in the past leaves the clock where it is, since time never runs back."""
        self._now_ns = max(self._now_ns, ts_ns)
