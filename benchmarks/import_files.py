"""Files of bars into the store, against pandas that reads them and writes Parquet and does nothing else.

Ours recognises each file, stamps and checks its rows; in the other settings it also keeps them, judges them
by every quality rule, repairs and stores them, in one process or by two workers. What is stored is compared
with what was written before anything is timed.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.command import Size, main
from benchmarks.harness import Contestant, Job, Result, Turn, run_job
from benchmarks.peer_process import peer_contestant
from tradewind.app.compute.closing import closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import load_config
from tradewind.app.market.import_names import Naming
from tradewind.app.market.importing import import_path
from tradewind.app.market.workspace import open_workspace
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.data import judging
from tradewind.data.calendars import trading_days
from tradewind.data.importing.files import find_files, read_file
from tradewind.data.importing.options import ImportOptions
from tradewind.store.bars import load_bars

FILES, QUICK_FILES = 500, 40
ROWS = 2_520


def run(size: Size) -> list[Result]:
    """Rows a second of reading alone, and of the whole way, against pandas."""
    files = QUICK_FILES if size.quick else FILES
    with tempfile.TemporaryDirectory(prefix="bench-") as text:
        folder = Path(text) / "files"
        closes = write_files(folder, files)
        require_same(folder, closes)
        job = Job(
            name=f"{files} CSV files of {ROWS:,} days",
            unit="rows/s",
            ours={
                "read": read_alone(folder),
                "read, judged, stored": stored(folder, "serial"),
                "the same by two workers": stored(folder, "local:2"),
            },
            peers={"pandas to Parquet": peer_contestant("pandas", "pandas_import", str(folder))},
            agree_on="rows",
            note="closes equal to those written",
        )
        return run_job(job, size.rounds)


def write_files(folder: Path, files: int) -> dict[str, list[float]]:
    """Random walks of ten years of days, one file a symbol; gives their closes."""
    folder.mkdir()
    days = trading_days("XNYS", parse_ns("2010-01-01"), parse_ns("2021-01-01")).day[:ROWS]
    dates = (days * NS_PER_DAY).astype("datetime64[ns]").astype("datetime64[D]").astype(str).tolist()
    made = {}
    for nth in range(files):
        rng = np.random.default_rng(nth)
        close = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.015, ROWS)))
        opened = np.append(100.0, close[:-1]) * np.exp(rng.normal(0.0, 0.003, ROWS))
        high, low = np.maximum(opened, close) * 1.004, np.minimum(opened, close) * 0.996
        volume = rng.integers(10**5, 10**7, ROWS)
        rows = zip(dates, opened, high, low, close, volume, strict=True)
        lines = [f"{d},{o:.4f},{h:.4f},{lo:.4f},{c:.4f},{v}\n" for d, o, h, lo, c, v in rows]
        symbol = f"S{nth:03d}"
        (folder / f"{symbol}.csv").write_text("Date,Open,High,Low,Close,Volume\n" + "".join(lines))
        made[symbol] = [round(float(value), 4) for value in close]
    return made


def require_same(folder: Path, closes: dict[str, list[float]]) -> None:
    """ArithmeticError where what is stored of a file is not what was written."""
    symbol, wanted = next(iter(closes.items()))
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(load_config(None, home=Path(home)))
        import_path(workspace, folder / f"{symbol}.csv", ImportOptions(), Naming())
        kept = load_bars(workspace.tables, f"{symbol}.OWN", "1d").close.tolist()
    if kept != wanted:
        message = f"What is stored of {symbol} is not what was written, so nothing is timed."
        raise ArithmeticError(message)


def read_alone(folder: Path) -> Contestant:
    """Files to series in memory."""

    def turn() -> Turn:
        start = time.perf_counter()
        rows = 0
        for path in find_files(folder).files:
            rows += len(read_file(path, None, lambda _: "XNYS").series[0])
        return Turn(rows / (time.perf_counter() - start), {"rows": rows})

    return turn


def stored(folder: Path, compute: str) -> Contestant:
    """Files to a fresh home, judged anew each time; the start of workers counts."""

    def turn() -> Turn:
        judging.forget()
        with tempfile.TemporaryDirectory() as home:
            workspace = open_workspace(load_config(None, home=Path(home)))
            start = time.perf_counter()
            with closing(mapper_from(compute)) as mapper:
                found = import_path(workspace, folder, ImportOptions(), Naming(), mapper=mapper)
            seconds = time.perf_counter() - start
        rows = sum(one.bars for one in found.stored)
        return Turn(rows / seconds, {"rows": rows})

    return turn


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
