"""Several rows for one time."""

from collections.abc import Iterator

import numpy as np

from tradewind.core.panel import BAR_COLUMNS
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("duplicate")
def duplicate(seen: Inspection) -> Iterator[Finding]:
    """Each row whose time comes again later; an error where the two disagree, else a warning."""
    raw = seen.raw
    order = np.argsort(raw.ts_event, kind="stable")
    ts_event = raw.ts_event[order]
    for place in np.flatnonzero(ts_event[1:] == ts_event[:-1]):
        row, later = int(order[place]), int(order[place + 1])
        same = all(
            np.array_equal(column[row], column[later], equal_nan=True)
            for column in (getattr(raw, name) for name in BAR_COLUMNS)
        )
        yield Finding(
            "duplicate",
            Dimension.UNIQUENESS,
            Severity.WARNING if same else Severity.ERROR,
            int(raw.ts_event[row]),
            row,
            f"row {later} has the same time and {'the same' if same else 'other'} values",
        )
