"""Where the driver gets its time from. Nothing inside the loop reads a clock: time arrives as an event."""

import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """Tells the driver, never the reducer, what time it is."""

    def now_ns(self) -> int:
        """UTC nanoseconds."""
        ...


class WallClock:
    """The machine's own clock, for sessions on a live feed; a rehearsal's where one is joined."""

    def now_ns(self) -> int:
        """UTC nanoseconds of the system clock, or of the time that :func:`live_in` chose."""
        return _source()


def live_in(source: Callable[[], int]) -> None:
    """From now on every :class:`WallClock` of this process tells the time of ``source`` (UTC ns)."""
    global _source
    _source = source


_source: Callable[[], int] = time.time_ns
