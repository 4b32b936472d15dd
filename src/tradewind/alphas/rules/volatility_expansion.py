"""A bar much wider than usual starts a move in the direction of its close."""

import numpy as np

from tradewind.alphas.ruled import RuleRows, rule
from tradewind.core.panel import Floats


@rule(
    "volatility_expansion",
    needs=("ret_1", "atr", "close"),
    published_bps=5.0,
    source="Williams (1999), Long-Term Secrets to Short-Term Trading: volatility breakouts; coefficient ours",
)
def volatility_expansion(rows: RuleRows) -> Floats:
    """How far the bar's return exceeds one average true range, in those units, at most 3; 0 within one."""
    moved = rows["ret_1"] * rows["close"] / rows["atr"]
    return np.sign(moved) * np.clip(np.abs(moved) - 1.0, 0.0, 3.0)
