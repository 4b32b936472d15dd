"""Appending bars to the journal, against plain sqlite3 with the same encoded bodies.

Ours encodes each event, chains it by hash and commits in groups. The peer is the standard library: one
synced transaction a row, as an audit log is usually written, and, to say what the chain costs, the same
groups without any chain.
"""

import itertools
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.command import Size, main
from benchmarks.environments import ROOT
from benchmarks.event_loop import load_example
from benchmarks.harness import Contestant, Job, Result, Turn, run_job
from tradewind.core.events import encode_event
from tradewind.core.journal_ports import JournalWriter
from tradewind.core.market import Bar
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.opening import open_writer

ROWS, QUICK_ROWS = 500_000, 50_000
SYNCED_ROWS, QUICK_SYNCED_ROWS = 10_000, 2_000
GROUP, SMALL_GROUP = 2_000, 200
"""Records a commit: as a backtest commits, and as a paper session does."""


def run(size: Size) -> list[Result]:
    """Appends a second: memory and disk against synced rows and against plain groups."""
    bars: list[Bar] = load_example().synthetic_bars(QUICK_ROWS if size.quick else ROWS, "DEMO.SIM")
    synced = bars[: QUICK_SYNCED_ROWS if size.quick else SYNCED_ROWS]
    scratch = ROOT / "build"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="bench-") as text:
        names = itertools.count()

        def fresh() -> Path:
            return Path(text) / f"{next(names)}.db"

        job = Job(
            name=f"journal, {len(bars):,} bars",
            unit="appends/s",
            ours={
                "in memory": _ours(bars, MemoryJournal),
                f"on disk, groups of {GROUP:,}": _ours(bars, lambda: open_writer(fresh())),
                f"on disk, groups of {SMALL_GROUP}": _ours(bars, lambda: open_writer(fresh()), SMALL_GROUP),
            },
            peers={
                "sqlite3, each row synced": _plain(synced, 1, fresh),
                f"sqlite3, groups of {GROUP:,}, no chain": _plain(bars, GROUP, fresh),
                f"sqlite3, groups of {SMALL_GROUP}, no chain": _plain(bars, SMALL_GROUP, fresh),
            },
        )
        return run_job(job, size.rounds)


def _ours(bars: Sequence[Bar], make: Callable[[], JournalWriter], group: int = GROUP) -> Contestant:
    def turn() -> Turn:
        journal = make()
        start = time.perf_counter()
        for at in range(0, len(bars), group):
            for bar in bars[at : at + group]:
                journal.append(bar)
            journal.commit()
        seconds = time.perf_counter() - start
        journal.close()
        return Turn(len(bars) / seconds)

    return turn


def _plain(bars: Sequence[Bar], group: int, fresh: Callable[[], Path]) -> Contestant:
    def turn() -> Turn:
        file = sqlite3.connect(fresh(), isolation_level=None)
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = FULL")
        file.execute("CREATE TABLE records (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        start = time.perf_counter()
        for at in range(0, len(bars), group):
            rows = [(at + k + 1, encode_event(bar)) for k, bar in enumerate(bars[at : at + group])]
            file.execute("BEGIN IMMEDIATE")
            file.executemany("INSERT INTO records VALUES (?, ?)", rows)
            file.execute("COMMIT")
        seconds = time.perf_counter() - start
        file.close()
        return Turn(len(bars) / seconds)

    return turn


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
