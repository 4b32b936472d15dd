"""Sessions at a broker that misbehaves, killed at random instants: what was tried, and what survived.

Each run is a live session in a process of its own, over real sockets, at the local venue server in Alpaca's
words; its prices are made up. ``--results`` keeps what is done, so that a thousand runs can be gone on with.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import msgspec

from benchmarks.chaos_run import Outcome, chaos_run
from benchmarks.machine import machine_line
from benchmarks.progress import say

RUNS = 1_000


def run_all(
    numbers: Sequence[int], results: Path, keep: Path | None = None, workers: int = 2
) -> list[Outcome]:
    """Every run that ``results`` does not hold yet; each is written there as it ends."""
    done = {one.number: one for one in read(results)}
    left = [number for number in numbers if number not in done]
    # A run mostly waits for time to pass; forked, for its own children are.
    with ProcessPoolExecutor(workers, mp_context=get_context("fork"), max_tasks_per_child=None) as pool:
        for outcome in pool.map(_one, [(keep, number) for number in left]):
            done[outcome.number] = outcome
            with results.open("ab") as file:
                file.write(msgspec.json.encode(outcome) + b"\n")
            told = "; ".join(outcome.problems) or "survived"
            say(
                f"run {outcome.number}: {outcome.kills} kills, {outcome.orders} orders, "
                f"{outcome.fills} fills, {outcome.seconds:.1f} s: {told}"
            )
    return [done[number] for number in numbers]


def _one(given: tuple[Path | None, int]) -> Outcome:
    keep, number = given
    with tempfile.TemporaryDirectory() as folder:
        return chaos_run((keep or Path(folder)) / f"run-{number}", number)


def read(results: Path) -> list[Outcome]:
    """What was kept of earlier runs."""
    if not results.exists():
        return []
    lines = results.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Outcome) for line in lines if line.endswith(b"}")]


def table(outcomes: Sequence[Outcome]) -> str:
    """Each kind of fault: in how many runs it struck, how often, and how many of these runs survived."""
    runs, struck, survived = Counter[str](), Counter[str](), Counter[str]()
    for one in outcomes:
        for what, times in [*one.faults.items(), *([("kill -9", one.kills)] if one.kills else [])]:
            runs[what] += 1
            struck[what] += times
            survived[what] += not one.problems
    lines = [f"{'fault':<34}{'runs':>6}{'struck':>8}{'survived':>10}"]
    lines += [f"{what:<34}{runs[what]:>6}{struck[what]:>8}{survived[what]:>10}" for what in sorted(runs)]
    whole = [one for one in outcomes if not one.problems]
    lines.append(
        f"{len(whole)} of {len(outcomes)} runs survived: {sum(one.kills for one in outcomes)} kills, "
        f"{sum(one.orders for one in outcomes)} orders, {sum(one.fills for one in outcomes)} fills, "
        f"{sum(one.never_arrived for one in outcomes)} orders that never arrived."
    )
    lines += [f"run {one.number}: {'; '.join(one.problems)}" for one in outcomes if one.problems]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line asks; 1 where a run did not survive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--first", type=int, default=1, help="number of the first run")
    parser.add_argument("--quick", action="store_true", help="ten runs")
    parser.add_argument("--results", type=Path, default=Path("chaos-results.jsonl"))
    parser.add_argument("--workers", type=int, default=2, help="runs at a time")
    parser.add_argument("--keep", type=Path, help="keep the folders of the runs here")
    chosen = parser.parse_args(arguments)
    count = 10 if chosen.quick else chosen.runs
    numbers = range(chosen.first, chosen.first + count)
    outcomes = run_all(numbers, chosen.results, chosen.keep, chosen.workers)
    print(table(outcomes))
    print(machine_line())
    return 1 if any(one.problems for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
