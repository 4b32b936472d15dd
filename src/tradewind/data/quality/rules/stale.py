"""Runs of bars in which nothing changes: a feed that repeats itself."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection
from tradewind.data.raw import PRICES


@RULES.register("stale")
def stale(seen: Inspection) -> Iterator[Finding]:
    """Rows from the ``stale_bars``-th on whose four prices are those of the row before."""
    same = np.zeros(len(seen.rows), dtype=np.bool_)
    if len(same):
        part = seen.raw.take(seen.rows)
        same[1:] = np.all([np.diff(getattr(part, name)) == 0.0 for name in PRICES], axis=0)
    place = np.arange(len(same))
    started = np.maximum.accumulate(np.where(same, 0, place))
    repeats = place - started
    for index in np.flatnonzero(repeats + 1 >= seen.settings.stale_bars):
        yield Finding(
            "stale",
            Dimension.TIMELINESS,
            Severity.WARNING,
            int(seen.ts_event[index]),
            int(seen.rows[index]),
            f"nothing has changed for {repeats[index] + 1} bars",
            float(repeats[index] + 1),
        )
