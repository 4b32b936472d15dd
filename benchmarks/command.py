"""The command line that all benchmarks share."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.harness import Result
from benchmarks.report import print_results

FULL_ROUNDS = 3
QUICK_ROUNDS = 2


@dataclass(frozen=True)
class Size:
    """How much to do."""

    quick: bool

    @property
    def rounds(self) -> int:
        """Rounds of which the median is taken."""
        return QUICK_ROUNDS if self.quick else FULL_ROUNDS


Benchmark = Callable[[Size], list[Result]]


def main(benchmark: Benchmark, about: str, arguments: Sequence[str] | None = None) -> int:
    """Run a benchmark as the command line asks; 1 when a peer gave no figure that can be compared."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="smaller and fewer rounds; figures are rough")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args(arguments)
    results = run_on_one_thread(benchmark, Size(quick=chosen.quick))
    print_results(results, as_json=chosen.json)
    return 0 if all(result.ratio is not None for result in results) else 1


def run_on_one_thread(benchmark: Benchmark, size: Size) -> list[Result]:
    """BLAS and OpenMP pools are held to one thread; threads that a job states come on top."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return benchmark(size)
