"""The four prices of a bar must fit: no open or close outside low and high."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("ohlc")
def ohlc(seen: Inspection) -> Iterator[Finding]:
    """``low <= min(open, close)`` and ``max(open, close) <= high``, exactly; missing prices pass."""
    raw = seen.raw
    if not raw.has_ohlc:
        return
    over = np.maximum(raw.open, raw.close) - raw.high
    under = raw.low - np.minimum(raw.open, raw.close)
    worst = np.maximum(over, under)
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero((over > 0.0) | (under > 0.0))
    for row in bad:
        side = "above its high" if over[row] >= under[row] else "below its low"
        yield Finding(
            "ohlc",
            Dimension.CONSISTENCY,
            Severity.ERROR,
            int(raw.ts_event[row]),
            int(row),
            f"open or close lies {worst[row]:g} {side}",
            float(worst[row]),
        )
