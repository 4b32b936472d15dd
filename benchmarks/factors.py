"""Indicator columns: this engine, and the same columns from a plain loop over TA-Lib, and from ``ta``.

All sides keep every column that they compute, in fresh memory. Before anything is timed, every column is
held against TA-Lib's on a sample; ``ta`` is timed on few bars, since it is slow, and its figure is scaled.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.command import Size, main
from benchmarks.environments import ROOT
from benchmarks.factor_loop import differing, shared_names, talib_loop, walk
from benchmarks.harness import Contestant, Job, PeerError, Result, Turn, per_second, run_job
from benchmarks.peer_process import ask_peer
from tradewind.core.panel import Panel
from tradewind.factors.engine import compute

WIDE, QUICK_WIDE = (500, 2_520), (128, 1_260)
LONG, QUICK_LONG = (1, 1_000_000), (1, 100_000)
SAMPLE = (3, 1_500)
TA_ROWS = 2_520
TA_TOLERANCE = 1e-6
TA_COLUMNS = (
    *(
        "rsi_14",
        "macd_12_26_9",
        "macd_sig_12_26_9",
        "macd_hist_12_26_9",
        "ema_20",
        "ema_50",
        "sma_20",
        "sma_50",
    ),
    *(
        "wma_10",
        "bb_hi_20",
        "bb_mid_20",
        "bb_lo_20",
        "atr_14",
        "adx_14",
        "plus_di_14",
        "minus_di_14",
        "cci_20",
    ),
    *("mfi_14", "roc_12", "trix_9", "williams_r_14", "stoch_raw_14", "ultimate_oscillator"),
)
"""What ``ta`` has too with the same definition, once its different first values have faded."""


def run(size: Size) -> list[Result]:
    """Cells a second on a wide and a long panel, one and two threads, against both peers."""
    names = shared_names()
    wrong = differing(walk(*SAMPLE), names)
    if wrong:
        message = f"These columns are not TA-Lib's, so nothing is timed: {', '.join(wrong)}."
        raise ArithmeticError(message)
    results: list[Result] = []
    shapes = (QUICK_WIDE, QUICK_LONG) if size.quick else (WIDE, LONG)
    for instruments, length in shapes:
        panel = walk(instruments, length)
        for threads in (1, 2):
            results += run_job(_talib_job(panel, names, threads), size.rounds)
        del panel
    results += _ta(shapes[0], size)
    return results


def ours(panel: Panel, names: Sequence[str], threads: int) -> Contestant:
    """One run of this engine; cells are T x N x K."""
    return per_second(lambda: compute(panel, names, threads=threads), _cells(panel, names))


def _talib_job(panel: Panel, names: Sequence[str], threads: int) -> Job:
    length, instruments = panel.shape
    said = f"{threads} thread{'s' if threads > 1 else ''}"
    return Job(
        name=f"{len(names)} factors, {instruments:,} x {length:,}, {said}",
        unit="cells/s",
        ours={"": ours(panel, names, threads)},
        peers={"TA-Lib loop": per_second(talib_loop(panel, names, threads), _cells(panel, names))},
        note="every column equal to TA-Lib's on a sample",
    )


def _ta(shape: tuple[int, int], size: Size) -> list[Result]:
    panel = walk(*shape)
    small = walk(1, TA_ROWS)
    with tempfile.TemporaryDirectory(dir=_scratch(), prefix="bench-") as text:
        data = Path(text) / "bars.npz"
        np.savez(data, **{name: column[:, 0] for name, column in small.columns.items()})  # type: ignore[arg-type]
        job = Job(
            name=f"{len(TA_COLUMNS)} factors, {shape[0]:,} x {shape[1]:,}, 1 thread",
            unit="cells/s",
            ours={"": ours(panel, TA_COLUMNS, 1)},
            peers={"ta": _ta_contestant(data, small)},
            note=f"ta on 1 x {TA_ROWS:,}; last values equal to {TA_TOLERANCE:g}",
        )
        return run_job(job, size.rounds)


def _ta_contestant(data: Path, panel: Panel) -> Contestant:
    cube = compute(panel, TA_COLUMNS, threads=1)
    expected = {name: float(cube.column(name)[-1, 0]) for name in TA_COLUMNS}

    def turn() -> Turn:
        said = ask_peer("ta", "ta_columns", str(data), json.dumps(TA_COLUMNS))
        wrong = [
            n for n, v in expected.items() if not np.isclose(said["last"][n], v, rtol=TA_TOLERANCE, atol=1e-9)
        ]
        if wrong:
            message = f"its columns are not ours: {', '.join(wrong)}"
            raise PeerError(message)
        return Turn(float(said["work"]) / float(said["seconds"]))

    return turn


def _cells(panel: Panel, names: Sequence[str]) -> int:
    return panel.shape[0] * panel.shape[1] * len(names)


def _scratch() -> Path:
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
