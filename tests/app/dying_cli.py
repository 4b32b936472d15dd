"""The command line, twice in one process: a session to its end, then the same elsewhere, killed early."""

import os
import signal
import sys

from tradewind.cli.main import main
from tradewind.core.events import AnyEvent
from tradewind.engine.driver.loop import Driver

STEPS = int(os.environ.pop("KILL_AFTER_STEPS"))


def run(home: str) -> None:
    sys.argv = [sys.argv[0], "paper", "--name", "same", "--home", home, *WORDS]
    try:
        main()
    except SystemExit as left:
        if left.code:
            raise


def kill_after(steps: int) -> None:
    step, taken = Driver.step, 0

    def dying(self: Driver, event: AnyEvent) -> None:
        nonlocal taken
        taken += 1
        if taken > steps:
            os.kill(os.getpid(), signal.SIGKILL)
        step(self, event)

    Driver.step = dying  # type: ignore[method-assign]


if __name__ == "__main__":
    whole, killed, *WORDS = sys.argv[1:]
    run(whole)
    kill_after(STEPS)
    run(killed)
