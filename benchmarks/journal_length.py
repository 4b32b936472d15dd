"""What a journal's length costs: opening, health, verifying, explaining and finding a kind, short and long.

The journal is that of the example's strategy on synthetic bars, as a session writes it. All but ``verify`` (a
rate) are milliseconds, and ought to be the same in both columns.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.environments import ROOT
from benchmarks.event_loop import CASH, FAST, INSTRUMENT, LOTS, NO_COSTS, SLOW, load_example
from benchmarks.machine import machine_line
from tradewind.app.session.own_strategy import run_strategy
from tradewind.core.decisions import OrderRequested
from tradewind.core.errors import JournalError
from tradewind.core.events import SessionEnded
from tradewind.core.journal_ports import JournalStore
from tradewind.core.market import Bar
from tradewind.journal import opening
from tradewind.journal.audit import verify_file
from tradewind.journal.tail import check_end
from tradewind.views.explanation.explain import explain_order

STORE: JournalStore = opening
LENGTHS, QUICK_LENGTHS = (50_000, 500_000), (5_000, 50_000)
GROUP = 200
ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a journal of each length and print the figures side by side."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the lengths")
    lengths = QUICK_LENGTHS if parser.parse_args(arguments).quick else LENGTHS
    scratch = ROOT / "build"
    scratch.mkdir(exist_ok=True)
    columns = []
    with tempfile.TemporaryDirectory(dir=scratch, prefix="bench-") as folder:
        for length in lengths:
            path = Path(folder) / f"{length}.journal"
            make_journal(path, length)
            columns.append(measure(path))
    print(f"{'':34}" + "".join(f"{length:>14,}" for length in lengths) + "  records")
    for name in columns[0]:
        print(f"{name:34}" + "".join(f"{column[name]:>14,.1f}" for column in columns))
    print(machine_line(), flush=True)
    return 0


def make_journal(path: Path, records: int) -> None:
    """A journal of about so many records, as the example's strategy leaves it."""
    example = load_example()
    strategy = example.SmaCross(INSTRUMENT.id, FAST, SLOW, LOTS)
    bars: list[Bar] = example.synthetic_bars(int(records / records_a_bar(example)), INSTRUMENT.id)
    with STORE.open_writer(path) as journal:
        run_strategy(
            strategy,
            [INSTRUMENT],
            bars,
            cash=CASH,
            journal=journal,
            risk=example.RISK,
            venue=NO_COSTS,
            commit_every=GROUP,
        )


def records_a_bar(example: object, bars: int = 5_000) -> float:
    """How many records the strategy makes of a bar."""
    made = example.synthetic_bars(bars, INSTRUMENT.id)  # type: ignore[attr-defined]
    strategy = example.SmaCross(INSTRUMENT.id, FAST, SLOW, LOTS)  # type: ignore[attr-defined]
    outcome = run_strategy(
        strategy,
        [INSTRUMENT],
        made,
        cash=CASH,
        risk=example.RISK,  # type: ignore[attr-defined]
        venue=NO_COSTS,
    )
    return outcome.records / bars


def measure(path: Path) -> dict[str, float]:
    """The figures of one journal; the best of some rounds, since others use the machine too."""
    with STORE.open_reader(path) as reader:
        records = reader.last_seq()
        order = next(reader.read_kind(OrderRequested, newest_first=True)).event
        order_id: str = order.order.client_order_id  # type: ignore[union-attr]
        first = next(reader.read_kind(OrderRequested)).event.order.client_order_id  # type: ignore[union-attr]

        def explain_unknown() -> None:
            try:
                explain_order(reader, "none-such")
            except JournalError:
                return

        figures = {
            "start: open to write, ms": best(lambda: STORE.open_writer(path).close()),
            "health: mark and tail, ms": best(lambda: check_end(path)),
            "explain the last order, ms": best(lambda: explain_order(reader, order_id)),
            "explain the first order, ms": best(lambda: explain_order(reader, first)),
            "explain an unknown order, ms": best(explain_unknown),
            "read a rare kind, ms": best(lambda: list(reader.read_kind(SessionEnded))),
            "read one record, ms": best(lambda: list(reader.read(records // 2, records // 2 + 1))),
            "read the last 50 records, ms": best(lambda: list(reader.read(records - 49))),
        }
    figures["verify, thousand records a second"] = records / best(lambda: verify_file(path), 2)
    return figures


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds of the fastest of some rounds."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds) * 1e3


if __name__ == "__main__":
    sys.exit(main())
