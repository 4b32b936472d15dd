"""Bars into one kind of storage and back, each step in a process of its own.

``bars_on_disk.py KIND STEP INPUT TARGET``: KIND is ``csv`` or ``duckdb``; STEP is ``load`` (all
bars in), ``read`` (all bars out), ``slice`` (ten years of each instrument out) or ``many`` (the same
of all at once, on all cores). INPUT has one ``.npz`` an
instrument. Says rows, the sum of the closes that were read, and the most memory that the process took.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

FIRST_NS = 1_325_376_000_000_000_000  # 2012-01-01
TEN_YEARS_NS = 3_652 * 86_400_000_000_000
COLUMNS = ("ts_event", "open", "high", "low", "close", "volume")


def given(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each instrument's name and columns."""
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as columns:
            yield path.stem, {name: columns[name] for name in COLUMNS}


def span(step: str) -> tuple[int, int]:
    """The times that a step reads, the end left out."""
    return (FIRST_NS, FIRST_NS + TEN_YEARS_NS) if step in ("slice", "many") else (0, 2**62)


def csv(step: str, source: Path, target: Path) -> list[tuple[int, float]]:
    """One CSV file a series through pandas."""
    import pandas as pd

    target.mkdir(exist_ok=True)
    if step == "load":
        for name, columns in given(source):
            pd.DataFrame(columns).to_csv(target / f"{name}.csv", index=False)
        return []
    low, high = span(step)
    found = []
    for name in names(source):
        rows = pd.read_csv(target / f"{name}.csv", float_precision="round_trip")
        found.append(rows[(rows.ts_event >= low) & (rows.ts_event < high)])
    return [(len(rows), float(rows.close.sum())) for rows in found]


def duckdb(step: str, source: Path, target: Path) -> list[tuple[int, float]]:
    """One table of a database, on one thread; ``many`` is one scan of it, its rows as they lie."""
    import duckdb as duck  # type: ignore[import-not-found]
    import pandas as pd

    threads = (os.cpu_count() or 1) if step == "many" else 1
    with duck.connect(str(target), config={"threads": threads}) as base:
        if step == "load":
            kinds = ", ".join(f"{name} DOUBLE" for name in COLUMNS[1:])
            base.execute(f"CREATE TABLE bars (name VARCHAR, ts_event BIGINT, {kinds})")
            for name, columns in given(source):
                rows = pd.DataFrame({"name": name} | columns)
                base.execute("INSERT INTO bars SELECT * FROM rows")
                del rows
            return []
        if step == "many":
            where = "FROM bars WHERE ts_event >= ? AND ts_event < ?"
            counts = base.execute(f"SELECT name, count(*) {where} GROUP BY name", span(step)).fetchall()
            rows = base.execute(f"SELECT * EXCLUDE (name) {where}", span(step)).fetchnumpy()
            return [(sum(count for _, count in counts), float(rows["close"].sum()))]
        ask = "SELECT * EXCLUDE (name) FROM bars WHERE name = ? AND ts_event >= ? AND ts_event < ? ORDER BY 1"
        found = [base.execute(ask, [name, *span(step)]).fetchnumpy() for name in names(source)]
    return [(len(rows["close"]), float(rows["close"].sum())) for rows in found]


def names(source: Path) -> list[str]:
    """All instruments."""
    return [path.stem for path in sorted(source.glob("*.npz"))]


def take(kinds: Mapping[str, Callable[[str, Path, Path], list[tuple[int, float]]]]) -> None:
    """One step, timed with all that it reads."""
    kind, step, source, target = sys.argv[1:5]
    start = time.perf_counter()
    found = kinds[kind](step, Path(source), Path(target))
    seconds = time.perf_counter() - start
    rows = sum(count for count, _ in found)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = {"work": rows, "seconds": seconds, "rows": rows, "peak_mb": peak_mb}
    print(json.dumps(said | {"closes": sum(closes for _, closes in found)}))


if __name__ == "__main__":
    take({"csv": csv, "duckdb": duckdb})
