"""How long until something can be done: our import and our command's help, against the imports of peers.

Each turn starts an interpreter of its own and takes the quickest of several starts, the files warm; what a
bare interpreter needs is in all figures alike.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.command import Size, main
from benchmarks.environments import peer_python
from benchmarks.harness import Contestant, Job, PeerError, Result, Turn, run_job

STARTS, QUICK_STARTS = 7, 3
MOST_SECONDS = 120


def run(size: Size) -> list[Result]:
    """Starts a second: ours against ``import pandas`` here, and against vectorbt in its own environment."""
    starts = QUICK_STARTS if size.quick else STARTS
    job = Job(
        name="start-up",
        unit="starts/s",
        ours={
            "import tradewind": _started([sys.executable, "-c", "import tradewind"], starts),
            "tradewind --help": _started([sys.executable, "-m", "tradewind", "--help"], starts),
        },
        peers={
            "import pandas": _started([sys.executable, "-c", "import pandas"], starts),
            "import vectorbt": _of_vectorbt(starts),
        },
    )
    return run_job(job, size.rounds)


def _of_vectorbt(starts: int) -> Contestant:
    def turn() -> Turn:
        python: Path = peer_python("vectorbt")
        return _started([str(python), "-c", "import vectorbt"], starts)()

    return turn


def _started(command: Sequence[str], starts: int) -> Contestant:
    def turn() -> Turn:
        return Turn(1.0 / min(_seconds(command) for _ in range(starts)))

    return turn


def _seconds(command: Sequence[str]) -> float:
    """Wall-clock seconds of one start; PeerError where it ends with an error."""
    began = time.perf_counter()
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=MOST_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        message = f"{' '.join(command[1:])} did not run: {error}"
        raise PeerError(message) from error
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
