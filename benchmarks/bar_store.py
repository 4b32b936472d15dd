"""Ten million bars into the store, out again, and ten years of each of 500 instruments.

Beside it plain CSV files through pandas, and DuckDB alone. Every step of everyone is a process of its own on
one thread, once; what is read at once may take all cores. What is read must come to the same rows and closes
before a ratio is told. Ours keeps each series as a file of its own that is synced and hashed when written and
checked whole when read; DuckDB checks its file block by block, CSV is neither synced nor checked.
"""

import math
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.command import Size, main
from benchmarks.environments import PEERS, ROOT, peer_python
from benchmarks.harness import PeerError, Result
from benchmarks.peer_process import run_script
from benchmarks.peers.bars_on_disk import FIRST_NS
from benchmarks.progress import say

INSTRUMENTS, QUICK_INSTRUMENTS = 500, 20
BARS = 20_000
STEPS = {
    "load": "in",
    "read": "all out",
    "slice": "ten years of each out",
    "many": "ten years of all out at once",
}
PEER_OF = {"csv": "pandas", "duckdb": "duckdb"}
OURS = Path(__file__).with_name("bar_store_step.py")
_HOUR_NS = 3_600_000_000_000

Said = Mapping[str, Any]


def run(size: Size) -> list[Result]:
    """Rows a second and peak memory of each step, against each peer."""
    instruments = QUICK_INSTRUMENTS if size.quick else INSTRUMENTS
    with tempfile.TemporaryDirectory(prefix="bench-") as text:
        source = Path(text) / "made"
        write_input(source, instruments)
        ours = {step: take(sys.executable, "tradewind", step, source) for step in STEPS}
        results = []
        for kind, peer in PEER_OF.items():
            try:
                theirs = {step: take(str(peer_python(peer)), kind, step, source) for step in STEPS}
            except PeerError as error:
                results += [_absent(step, ours[step], kind, str(error), instruments) for step in STEPS]
            else:
                results += [_compared(s, ours[s], kind, theirs[s], instruments) for s in STEPS]
    return results


def write_input(folder: Path, instruments: int) -> None:
    """Random walks of hours, seven a day, over somewhat more than eleven years with nights left out."""
    folder.mkdir()
    nth = np.arange(BARS)
    times = FIRST_NS - 200 * 24 * _HOUR_NS + (nth // 7 * 36 + nth % 7).astype(np.int64) * _HOUR_NS
    for number in range(instruments):
        rng = np.random.default_rng(number)
        close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.004, BARS))), 4)
        opened = np.append(100.0, close[:-1])
        columns = {
            "ts_event": times,
            "open": opened,
            "high": np.maximum(opened, close),
            "low": np.minimum(opened, close),
            "close": close,
            "volume": rng.integers(100, 10**6, BARS).astype(np.float64),
        }
        np.savez(folder / f"S{number:03d}", **columns)


def take(python: str, kind: str, step: str, source: Path) -> Said:
    """What one step in a process of its own says."""
    say(f"{kind}: {step}")
    arguments = kind, step, str(source), str(source.parent / kind)
    if kind == "tradewind":
        return run_script(Path(python), OURS, *arguments, modules=[ROOT])
    return run_script(Path(python), PEERS / "bars_on_disk.py", *arguments)


def _compared(step: str, ours: Said, kind: str, theirs: Said, instruments: int) -> Result:
    same = ours["rows"] == theirs["rows"] and math.isclose(ours["closes"], theirs["closes"], rel_tol=1e-12)
    rows = instruments * BARS if step == "load" else ours["rows"]
    note = f"peak memory: ours {ours['peak_mb']:,.0f} MB, peer {theirs['peak_mb']:,.0f} MB; {rows:,} rows"
    return Result(
        job=f"{instruments} instruments, {STEPS[step]}",
        ours=rows / ours["seconds"],
        unit="rows/s",
        peer=kind,
        peer_figure=rows / theirs["seconds"],
        note=note if same else f"NOT COMPARABLE, other rows or closes; {note}",
        comparable=same,
    )


def _absent(step: str, ours: Said, kind: str, why: str, instruments: int) -> Result:
    rows = instruments * BARS if step == "load" else ours["rows"]
    job = f"{instruments} instruments, {STEPS[step]}"
    return Result(job, rows / ours["seconds"], "rows/s", kind, None, f"not measured: {why}")


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
