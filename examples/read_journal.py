"""Reading a journal: check its hash chain, count what is in it, and explain an order from it alone.

Run it: ``python examples/read_journal.py [FILE]``. Without a file it writes one of a small synthetic run.
Reading needs no session and disturbs none: another process may be writing meanwhile.
"""

import sys
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

from sma_cross import RISK, SmaCross, synthetic_bars

import tradewind as tw
from tradewind.core.orders import OrderFilled
from tradewind.journal.audit import verify_file
from tradewind.journal.opening import open_reader, open_writer
from tradewind.views.explanation.explain import explain_order


def write_one(path: Path, length: int = 3_000) -> None:
    """A backtest whose journal goes to disk; its bars are synthetic."""
    demo = tw.Instrument(
        symbol="DEMO",
        asset_class=tw.AssetClass.EQUITY,
        venue="SIM",
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="24/7",
    )
    strategy = SmaCross(demo.id, fast=10, slow=50, lots=100)
    with open_writer(path) as journal:
        bars = synthetic_bars(length, demo.id)
        tw.run_strategy(strategy, [demo], bars, cash=Decimal(100_000), journal=journal, risk=RISK)


def tell(path: Path) -> None:
    """What a journal holds."""
    checked = verify_file(path)
    print(
        f"{checked.records} records, each follows from the one before it; root hash {checked.root_hash[:16]}"
    )
    with open_reader(path) as reader:
        kinds = Counter(type(record.event).__name__ for record in reader.read())
        for kind, count in kinds.most_common(6):
            print(f"{count:>8,} {kind}")
        last = None
        for record in reader.read_kind(OrderFilled):
            last = record
        if last is None:
            print("Nothing was filled.")
            return
        story = explain_order(reader, last.event.client_order_id)
    print()
    print(story.to_text())


def main(file: str = "") -> None:
    """Tell of the file, or of one that is written for it."""
    if file:
        tell(Path(file))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sma.journal"
        write_one(path)
        tell(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
