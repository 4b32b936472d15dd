"""Volume below zero."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("negative_volume")
def negative_volume(seen: Inspection) -> Iterator[Finding]:
    """Volume is negative; the prices of the row may still be good."""
    raw = seen.raw
    if not raw.has_volume:
        return
    for row in np.flatnonzero(raw.volume < 0.0):
        yield Finding(
            "negative_volume",
            Dimension.VALIDITY,
            Severity.WARNING,
            int(raw.ts_event[row]),
            int(row),
            f"a volume of {raw.volume[row]:g}",
            float(raw.volume[row]),
        )
