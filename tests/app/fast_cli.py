"""The command line by a clock that runs faster: a real process lives through a minute of bars in a moment."""

import os
import time

from tradewind.cli.main import main
from tradewind.core.clock import WallClock

BASE_NS, SPEED = int(os.environ.pop("FAST_BASE_NS")), float(os.environ.pop("FAST_SPEED"))


def _fast_ns(self: WallClock) -> int:
    return BASE_NS + int((time.time_ns() - BASE_NS) * SPEED)


WallClock.now_ns = _fast_ns  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
