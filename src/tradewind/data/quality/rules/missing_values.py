"""Rows without a price: a date with nothing behind it is no bar."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection
from tradewind.data.raw import PRICES


@RULES.register("missing_values")
def missing_values(seen: Inspection) -> Iterator[Finding]:
    """Any of open, high, low or close is NaN or infinite; an empty row on a holiday is only odd."""
    raw = seen.raw
    due = np.ones(len(raw), dtype=np.bool_)
    if seen.expected_ts is not None:
        due = np.isin(raw.ts_event, seen.expected_ts)
    lacks = {name: ~np.isfinite(getattr(raw, name)) for name in PRICES}
    for row in np.flatnonzero(np.any(list(lacks.values()), axis=0)):
        names = ", ".join(name for name, missing in lacks.items() if missing[row])
        yield Finding(
            "missing_values",
            Dimension.COMPLETENESS,
            Severity.ERROR if due[row] else Severity.INFO,
            int(raw.ts_event[row]),
            int(row),
            f"no {names}",
        )
