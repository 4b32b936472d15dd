"""Compile every kernel once, so that the first real run does not wait for it."""

from collections.abc import Callable

import numpy as np

from tradewind.core.events import Timer
from tradewind.core.panel import BarColumns, Panel, panel_from_bars
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.factors.engine import compute
from tradewind.factors.live import LiveFactors
from tradewind.factors.registry import factor_names
from tradewind.factors.replayed import bars_in_order

Progress = Callable[[int, int], None]
_LENGTH = 40


def warm_kernels(on_progress: Progress | None = None) -> int:
    """Run every factor on a tiny panel; ``on_progress`` hears how many of how many groups are done.

    Gives the number of factors. What is compiled stays on disk, so a second call takes no time.
    """
    names = factor_names()
    bars = [
        _tiny_bars(instrument_id, length) for instrument_id, length in (("A", _LENGTH), ("B", _LENGTH - 3))
    ]
    references = dict.fromkeys(("spy", "btc", "dxy"), bars[0])
    panels = (panel_from_bars(bars), panel_from_bars(bars[:1]))
    chunks = [names[at : at + 40] for at in range(0, len(names), 40)]
    for done, chunk in enumerate(chunks, start=1):
        for panel in panels:
            compute(panel, chunk, references=references)
        if on_progress:
            on_progress(done, len(chunks) + 1)
    _warm_live(names, panels[1])
    if on_progress:
        on_progress(len(chunks) + 1, len(chunks) + 1)
    return len(names)


def _warm_live(names: list[str], panel: Panel) -> None:
    stage = LiveFactors(names, panel.instrument_ids, references=dict.fromkeys(("spy", "btc", "dxy"), "A"))
    for bar in bars_in_order(panel, {}, 0):
        stage.on_event(bar)
    stage.on_event(Timer(ts_event=int(panel.ts_event[-1]), name="cycle"))


def _tiny_bars(instrument_id: str, length: int) -> BarColumns:
    step = np.arange(length, dtype=np.float64)
    close = 100.0 + np.sin(step) + 0.1 * step
    return BarColumns(
        instrument_id=instrument_id,
        timeframe="1d",
        ts_event=(np.arange(1, length + 1, dtype=np.int64) + (_LENGTH - length)) * NS_PER_DAY,
        open=close - 0.2,
        high=close + 1.0,
        low=close - 1.0,
        close=close,
        volume=1000.0 + step,
        source="synthetic",
        synthetic=True,
    )
