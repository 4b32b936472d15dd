"""A price at the edge of its band comes back to the middle."""

import numpy as np

from tradewind.alphas.ruled import RuleRows, rule
from tradewind.core.panel import Floats


@rule(
    "bollinger_reversion",
    needs=("bb_position",),
    published_bps=5.0,
    source="Bollinger (2001), Bollinger on Bollinger Bands; starting coefficient ours",
)
def bollinger_reversion(rows: RuleRows) -> Floats:
    """1 at the lower band (position 0), -1 at the upper (position 1), held at twice that beyond."""
    return np.clip(1.0 - 2.0 * rows["bb_position"], -2.0, 2.0)
