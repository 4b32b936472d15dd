"""Prices of zero or less."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection
from tradewind.data.raw import PRICES


@RULES.register("non_positive_price")
def non_positive_price(seen: Inspection) -> Iterator[Finding]:
    """Open, high, low or close is not above zero."""
    raw = seen.raw
    smallest = np.min([getattr(raw, name) for name in PRICES], axis=0)
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero(smallest <= 0.0)
    for row in bad:
        yield Finding(
            "non_positive_price",
            Dimension.VALIDITY,
            Severity.ERROR,
            int(raw.ts_event[row]),
            int(row),
            f"a price of {smallest[row]:g}",
            float(smallest[row]),
        )
