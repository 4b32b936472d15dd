"""A folder of CSV files through pandas to one Parquet file each; nothing is recognised, checked or judged."""

import json
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd


def convert(folder: Path, target: Path) -> int:
    """Read and write every file; gives the rows."""
    rows = 0
    for path in sorted(folder.glob("*.csv")):
        frame = pd.read_csv(path, parse_dates=["Date"])
        frame.to_parquet(target / f"{path.stem}.parquet", compression="zstd")
        rows += len(frame)
    return rows


def main() -> None:
    """Time one pass after a first one that warms."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as text:
        target = Path(text)
        convert(folder, target)
        start = time.perf_counter()
        rows = convert(folder, target)
        seconds = time.perf_counter() - start
    print(json.dumps({"work": rows, "seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main()
