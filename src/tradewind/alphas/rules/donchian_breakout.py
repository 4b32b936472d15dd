"""A close at the end of its 20-bar range breaks out of it."""

import numpy as np

from tradewind.alphas.ruled import RuleRows, rule
from tradewind.core.panel import Floats

ZONE = 0.1
"""The outer tenth of the channel on either side counts as breaking out."""


@rule(
    "donchian_breakout",
    needs=("donchian_position_20",),
    published_bps=5.0,
    source="Donchian's four-week rule, in Schwager (1984), Guide to the Futures Markets; coefficient ours",
)
def donchian_breakout(rows: RuleRows) -> Floats:
    """From 0 at the zone's inner end to 1 at the top of the channel; mirrored at the bottom."""
    from_middle = 2.0 * rows["donchian_position_20"] - 1.0
    depth = np.clip((np.abs(from_middle) - (1.0 - 2.0 * ZONE)) / (2.0 * ZONE), 0.0, 1.0)
    return np.sign(from_middle) * depth
