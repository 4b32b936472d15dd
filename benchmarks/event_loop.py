"""A strategy on one-minute bars through the event engine, with accounts, limits, breakers and journal.

All sides trade 100 units long or flat on the cross of the 10- and the 50-bar mean, with market orders and
without costs, on the same made-up bars. Means that are equal to the last digit fall either way by rounding,
so the numbers of orders differ by a few in a thousand.
"""

import importlib.util
import sys
import tempfile
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks.command import Size, main
from benchmarks.environments import ROOT
from benchmarks.harness import Contestant, Job, Result, Turn, run_job
from benchmarks.peer_process import peer_contestant
from tradewind.app.session.own_strategy import run_strategy
from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
from tradewind.core.journal_ports import JournalWriter
from tradewind.core.market import Bar
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.opening import open_writer

BARS, QUICK_BARS = 500_000, 50_000
FAST, SLOW, LOTS, CASH = 10, 50, 100, Decimal(10_000_000)
COMMIT_EVERY = 2_000
NO_COSTS = {"half_spread_bps": 0.0, "impact_coefficient": 0.0, "volume_share": 0.0}
INSTRUMENT = Instrument(
    symbol="DEMO",
    asset_class=AssetClass.EQUITY,
    venue="SIM",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
    fees=FeeSchedule(),
)


def run(size: Size) -> list[Result]:
    """Bars a second, journal in memory and on disk, against both peers."""
    example = load_example()
    bars = example.synthetic_bars(QUICK_BARS if size.quick else BARS, INSTRUMENT.id)
    scratch = ROOT / "build"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="bench-") as text:
        folder = Path(text)
        data = folder / "bars.npz"
        write_bars(data, bars)
        job = Job(
            name=f"SMA cross, {len(bars):,} bars",
            unit="bars/s",
            ours={
                "journal in memory": ours(example, bars, None),
                "journal in SQLite": ours(example, bars, folder / "journal.db"),
            },
            peers={
                "nautilus_trader": peer_contestant("nautilus", "nautilus_sma", str(data)),
                "backtrader": peer_contestant("backtrader", "backtrader_sma", str(data)),
            },
            agree_on="orders",
            tolerance=0.01,
        )
        return run_job(job, size.rounds)


def ours(example: ModuleType, bars: Sequence[Bar], path: Path | None) -> Contestant:
    """One run of this engine; timed is everything from the first bar to the journal's last commit."""

    def turn() -> Turn:
        strategy = example.SmaCross(INSTRUMENT.id, FAST, SLOW, LOTS)
        journal: JournalWriter = MemoryJournal() if path is None else open_writer(path)
        start = time.perf_counter()
        outcome = run_strategy(
            strategy,
            [INSTRUMENT],
            bars,
            cash=CASH,
            journal=journal,
            risk=example.RISK,
            venue=NO_COSTS,
            commit_every=COMMIT_EVERY,
        )
        journal.close()
        seconds = time.perf_counter() - start
        if path is not None:
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()
        return Turn(len(bars) / seconds, {"orders": outcome.book.orders_sent})

    return turn


def load_example() -> ModuleType:
    """The strategy as the examples show it."""
    path = ROOT / "examples" / "sma_cross.py"
    spec = importlib.util.spec_from_file_location("sma_cross", path)
    if spec is None or spec.loader is None:
        message = f"There is no example {path}."
        raise FileNotFoundError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules["sma_cross"] = module
    spec.loader.exec_module(module)
    return module


def write_bars(path: Path, bars: Sequence[Bar]) -> None:
    """The bars as columns for the peers."""
    names = ("ts_event", "open", "high", "low", "close", "volume")
    columns = {name: np.array([getattr(bar, name) for bar in bars]) for name in names}
    np.savez(path, **columns)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
