"""An instrument's own past return, in units of its own noise, goes on."""

import numpy as np

from tradewind.alphas.ruled import RuleRows, rule
from tradewind.core.panel import Floats


@rule(
    "time_series_momentum",
    needs=("ret_20", "atr", "close"),
    published_bps=5.0,
    source="Moskowitz, Ooi and Pedersen (2012), J. Financial Economics 104; starting coefficient ours",
)
def time_series_momentum(rows: RuleRows) -> Floats:
    """20-bar return over its expected size (ATR / close x sqrt(20)), through tanh to tame crashes."""
    expected = rows["atr"] / rows["close"] * np.sqrt(20.0)
    signal: Floats = np.tanh(rows["ret_20"] / expected)
    return signal
