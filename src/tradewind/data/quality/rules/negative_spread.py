"""Quotes of which the ask lies below the bid."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection

_NOISE = 1e-9


@RULES.register("negative_spread")
def negative_spread(seen: Inspection) -> Iterator[Finding]:
    """Ask less bid at the close is below zero; ``value`` in the quote currency. NaN passes."""
    spread = seen.raw.spread
    if spread is None:
        return
    with np.errstate(invalid="ignore"):
        crossed = np.flatnonzero(spread < -_NOISE * np.abs(seen.raw.close))
    for row in crossed.tolist():
        yield Finding(
            "negative_spread",
            Dimension.VALIDITY,
            Severity.WARNING,
            int(seen.raw.ts_event[row]),
            row,
            f"the ask lies {-spread[row]:g} below the bid",
            float(spread[row]),
        )
