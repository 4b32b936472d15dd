"""A short RSI at its extreme turns."""

import numpy as np

from tradewind.alphas.ruled import RuleRows, rule
from tradewind.core.panel import Floats


@rule(
    "rsi_reversion",
    needs=("rsi_fast",),
    published_bps=5.0,
    source="Wilder (1978), New Concepts in Technical Trading Systems: 30/70; starting coefficient ours",
)
def rsi_reversion(rows: RuleRows) -> Floats:
    """0 between 30 and 70, up to 1 at an RSI of 0 and -1 at 100."""
    rsi = rows["rsi_fast"]
    return (np.clip(30.0 - rsi, 0.0, None) - np.clip(rsi - 70.0, 0.0, None)) / 30.0
