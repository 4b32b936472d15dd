"""Rows at times at which the calendar expects none: half-made bars, holidays, wrong stamps."""

from collections.abc import Iterator

import numpy as np

from tradewind.core.market import Timeframe
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("off_schedule")
def off_schedule(seen: Inspection) -> Iterator[Finding]:
    """An intraday row off the grid is an error (it was still being made); any other a warning.

    Rows without prices are no bars, and are left to the rule on missing values.
    """
    if seen.expected_ts is None:
        return
    raw = seen.raw
    length = Timeframe(raw.timeframe).length_ns
    for row in np.flatnonzero(~np.isin(raw.ts_event, seen.expected_ts) & ~np.isnan(raw.close)):
        ts_event = int(raw.ts_event[row])
        partial = length < NS_PER_DAY and ts_event % length != 0
        yield Finding(
            "off_schedule",
            Dimension.TIMELINESS,
            Severity.ERROR if partial else Severity.WARNING,
            ts_event,
            int(row),
            f"no bar is expected at {iso(ts_event)}",
        )
