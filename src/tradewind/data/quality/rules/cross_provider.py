"""Closes that differ from what another provider says of the same time."""

from collections.abc import Iterator

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import BarColumns
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("cross_provider")
def cross_provider(seen: Inspection) -> Iterator[Finding]:
    """Relative difference above ``disagreement_bps`` at a time that both have.

    Raises
    ------
    DataError
        One of the two is adjusted and the other is raw: they are not the same price.
    """
    for other in seen.references:
        yield from _against(seen, other)


def _against(seen: Inspection, other: BarColumns) -> Iterator[Finding]:
    raw = seen.raw
    if other.adjusted != raw.adjusted:
        message = (
            f"{raw.instrument_id} is {_basis(raw.adjusted)} at {raw.source!r} and "
            f"{_basis(other.adjusted)} at "
        )
        message += f"{other.source!r}."
        raise DataError(message, "Compare raw with raw, or adjusted with adjusted.")
    _, mine, theirs = np.intersect1d(seen.ts_event, other.ts_event, return_indices=True)
    rows = seen.rows[mine]
    difference = raw.close[rows] / other.close[theirs] - 1.0
    for place in np.flatnonzero(np.abs(difference) * 1e4 > seen.settings.disagreement_bps):
        yield Finding(
            "cross_provider",
            Dimension.ACCURACY,
            Severity.WARNING,
            int(raw.ts_event[rows[place]]),
            int(rows[place]),
            f"close lies {1e4 * difference[place]:.0f} bps from {other.source!r}",
            float(1e4 * difference[place]),
        )


def _basis(adjusted: bool) -> str:
    return "adjusted" if adjusted else "raw"
