"""Bars into the store and back, as `peers/bars_on_disk.py` does it for others."""

from pathlib import Path

from benchmarks.peers import bars_on_disk as steps
from tradewind.core.panel import BarColumns
from tradewind.store.bars import load_bars, load_series, save_bars, stored_series
from tradewind.store.parquet import ParquetTables


def tradewind(step: str, source: Path, target: Path) -> list[tuple[int, float]]:
    """One table of one file a series, each checked against its hash."""
    store = ParquetTables(target)
    if step == "load":
        for name, columns in steps.given(source):
            save_bars(store, BarColumns(name, "1h", **columns, source="made", synthetic=True))
        return []
    if step == "many":
        together = load_series(store, stored_series(store, timeframe="1h"), *steps.span(step))
        return [(len(bars), float(bars.close.sum())) for bars in together]
    found = [load_bars(store, name, "1h", *steps.span(step)) for name in steps.names(source)]
    return [(len(bars), float(bars.close.sum())) for bars in found]


if __name__ == "__main__":
    steps.take({"tradewind": tradewind})
