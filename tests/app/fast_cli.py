"""The command line by a clock that runs faster: a real process lives through a minute of bars in a moment."""

import os
import time

from tradewind.cli.main import main
from tradewind.core.clock import WallClock

BASE_NS, FROM_NS = (int(os.environ.pop(name)) for name in ("FAST_BASE_NS", "FAST_FROM_NS"))
SPEED = float(os.environ.pop("FAST_SPEED"))


def _fast_ns(self: WallClock) -> int:
    return FROM_NS + int((time.time_ns() - BASE_NS) * SPEED)


WallClock.now_ns = _fast_ns  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
