"""Rows that come after a later one."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("disorder")
def disorder(seen: Inspection) -> Iterator[Finding]:
    """Rows older than one given before them. A source that hands out newest first all along is in order."""
    ts_event = seen.raw.ts_event
    steps = np.diff(ts_event)
    if not len(steps) or np.all(steps <= 0):
        return
    newest = np.maximum.accumulate(ts_event)
    for row in np.flatnonzero(ts_event < newest):
        yield Finding(
            "disorder",
            Dimension.CONSISTENCY,
            Severity.WARNING,
            int(ts_event[row]),
            int(row),
            "comes after a later row",
        )
