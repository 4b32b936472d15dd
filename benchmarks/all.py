"""Every benchmark, one after the other."""

import sys

from benchmarks import event_loop, factors, inference, journal, start_up
from benchmarks.command import Size, main
from benchmarks.harness import Result


def run(size: Size) -> list[Result]:
    """All results, in the order of the documentation."""
    results: list[Result] = []
    for benchmark in (event_loop.run, factors.run, journal.run, inference.run, start_up.run):
        results += benchmark(size)
    return results


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
