"""Bars into a PostgreSQL store and out again, beside the store in files and pandas on the same server.

A private server on loopback, durable as it usually is. Ours is `save_bars` and `load_bars`, pandas `to_sql`
and `read_sql` into one plain table with an index on symbol and time, through SQLAlchemy. Everyone on one
thread, in this process, in turns; what is read must have the same rows and closes.

``python -m benchmarks.postgres_store [--quick]``; needs the extra ``postgres`` and the server's programs.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from benchmarks.command import Size, main
from benchmarks.harness import Contestant, Job, Result, Turn, run_job
from benchmarks.private_postgres import PrivatePostgres
from tradewind.core.panel import BarColumns
from tradewind.store.bars import load_bars, save_bars
from tradewind.store.parquet import ParquetTables
from tradewind.store.postgres.server import engine_of
from tradewind.store.postgres.tables import PostgresTables
from tradewind.store.postgres.upgrade import upgrade
from tradewind.store.tables import Tables

INSTRUMENTS, QUICK_INSTRUMENTS, BARS = 10, 2, 20_000
_HOUR_NS = 3_600_000_000_000
_COLUMNS = ("open", "high", "low", "close", "volume")


def run(size: Size) -> list[Result]:
    """Rows a second in, and out again, of the server's store against files and pandas."""
    given = [made(number) for number in range(QUICK_INSTRUMENTS if size.quick else INSTRUMENTS)]
    # Not in a folder that only its owner may enter: as root the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    folder.chmod(0o755)
    (folder / "server").mkdir()
    server = PrivatePostgres(folder / "server")
    try:
        database = server.fresh()
        upgrade(database)
        ours, files = PostgresTables(database), ParquetTables(folder / "files")
        engine = engine_of(database)
        write = Job(
            f"{len(given)} instruments x {BARS:,} bars in",
            "rows/s",
            {"tradewind, server": lambda: _in(ours, given)},
            {"tradewind, files": lambda: _in(files, given), "pandas to_sql": _pandas_in(engine, given)},
            agree_on="rows",
        )
        read = Job(
            f"{len(given)} instruments x {BARS:,} bars out",
            "rows/s",
            {"tradewind, server": lambda: _out(ours, given)},
            {"tradewind, files": lambda: _out(files, given), "pandas read_sql": _pandas_out(engine, given)},
            agree_on="closes",
            tolerance=1e-12,
        )
        return [*run_job(write, size.rounds), *run_job(read, size.rounds)]
    finally:
        server.stop()
        shutil.rmtree(folder)


def made(number: int) -> BarColumns:
    """A random walk of hours."""
    rng = np.random.default_rng(number)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.004, BARS))), 4)
    opened = np.append(100.0, close[:-1])
    high, low, volume = np.maximum(opened, close), np.minimum(opened, close), rng.integers(1, 10**6, BARS)
    times = 1_500_000_000_000_000_000 + np.arange(BARS, dtype=np.int64) * _HOUR_NS
    return BarColumns(
        f"S{number:03d}.XNAS", "1h", times, opened, high, low, close, volume.astype(np.float64),
        source="made", synthetic=True,
    )  # fmt: skip


def _in(store: Tables, given: list[BarColumns]) -> Turn:
    """Each round writes anew: the series are taken away first, outside the time."""
    for bars in given:
        store.drop("bars", _partition(bars))
    begun = time.perf_counter()
    rows = sum(save_bars(store, bars).rows for bars in given)
    return Turn(rows / (time.perf_counter() - begun), {"rows": rows})


def _out(store: Tables, given: list[BarColumns]) -> Turn:
    begun = time.perf_counter()
    found = [load_bars(store, bars.instrument_id, "1h") for bars in given]
    seconds = time.perf_counter() - begun
    return Turn(sum(map(len, found)) / seconds, {"closes": float(sum(bars.close.sum() for bars in found))})


def _pandas_in(engine: sa.Engine, given: list[BarColumns]) -> Contestant:
    def take() -> Turn:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS plain")
            prices = ", ".join(f"{name} double precision" for name in _COLUMNS)
            columns = f"symbol text, ts_event bigint, {prices}, PRIMARY KEY (symbol, ts_event)"
            connection.exec_driver_sql(f"CREATE TABLE plain ({columns})")
        begun = time.perf_counter()
        for bars in given:
            frame = pd.DataFrame({name: getattr(bars, name) for name in ("ts_event", *_COLUMNS)})
            frame.insert(0, "symbol", bars.instrument_id)
            frame.to_sql("plain", engine, if_exists="append", index=False)
        rows = len(given) * BARS
        return Turn(rows / (time.perf_counter() - begun), {"rows": rows})

    return take


def _pandas_out(engine: sa.Engine, given: list[BarColumns]) -> Contestant:
    query = sa.text("SELECT * FROM plain WHERE symbol = :symbol ORDER BY ts_event")

    def take() -> Turn:
        begun = time.perf_counter()
        found = [pd.read_sql(query, engine, params={"symbol": bars.instrument_id}) for bars in given]
        seconds = time.perf_counter() - begun
        closes = float(sum(frame["close"].sum() for frame in found))
        return Turn(sum(map(len, found)) / seconds, {"closes": closes})

    return take


def _partition(bars: BarColumns) -> dict[str, str]:
    return {"instrument_id": bars.instrument_id, "timeframe": "1h", "source": "made", "basis": "raw"}


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
