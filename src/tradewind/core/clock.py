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
