"""Of a universe, what rose most goes on ahead of what rose least."""

import numpy as np

from tradewind.alphas.ruled import RuleRows, rule
from tradewind.core.panel import Floats

LEAST_INSTRUMENTS = 3
"""Fewer instruments than this at a time have no cross-section."""


@rule(
    "cross_sectional_momentum",
    needs=("ret_20",),
    published_bps=5.0,
    source="Jegadeesh and Titman (1993), J. Finance 48, on 20 bars; starting coefficient ours",
)
def cross_sectional_momentum(rows: RuleRows) -> Floats:
    """Rank of the 20-bar return among all instruments of the time, from -1 (least) to 1 (most)."""
    own, others = rows["ret_20"][:, None], rows.across("ret_20")
    there = np.isfinite(others).sum(axis=1)
    below, above = (others < own).sum(axis=1), (others > own).sum(axis=1)
    rank = (below - above) / np.maximum(there - 1.0, 1.0)
    return np.where(np.isfinite(own[:, 0]) & (there >= LEAST_INSTRUMENTS), rank, np.nan)
