"""Times at which the calendar expects a bar and there is no row."""

from collections.abc import Iterator

import numpy as np

from tradewind.core.timestamps import iso
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("gap")
def gap(seen: Inspection) -> Iterator[Finding]:
    """Between the first and the last row; what lies before or after was not asked for."""
    if seen.expected_ts is None:
        return
    for ts_event in np.setdiff1d(seen.expected_ts, seen.raw.ts_event):
        yield Finding(
            "gap",
            Dimension.COMPLETENESS,
            Severity.WARNING,
            int(ts_event),
            -1,
            f"no bar at {iso(int(ts_event))}",
        )
