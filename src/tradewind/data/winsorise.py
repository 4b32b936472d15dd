"""Winsorising with causal limits: a return is pulled in to what the bars before it allow."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tradewind.core.errors import ConfigError
from tradewind.core.panel import Floats


@dataclass(frozen=True)
class WinsoriseRule:
    """Limits on a log return from the ``window`` returns before it.

    ``iqr``: ``limit`` interquartile ranges beyond the quartiles (Tukey's fences); ``z``: ``limit`` standard
    deviations from the mean. Returns with fewer than ``min_history`` before them are left alone.
    """

    method: Literal["iqr", "z"] = "iqr"
    limit: float = 8.0
    window: int = 60
    min_history: int = 20

    def __post_init__(self) -> None:
        if self.method not in ("iqr", "z"):
            message = f"There is no winsorising by {self.method!r}."
            raise ConfigError(message, "Use iqr or z.")
        if not (self.limit > 0 and 2 <= self.min_history <= self.window):
            message = f"A limit of {self.limit} over {self.min_history} to {self.window} bars makes no rule."
            raise ConfigError(
                message, "Use a positive limit and a window of at least min_history, 2 or more."
            )


def winsorised_close(close: Floats, rule: WinsoriseRule) -> Floats:
    """Closes (T,) whose returns stay within the rule's limits; positive, oldest first, no NaN.

    A return is taken from the last *repaired* close, so a spike disappears without a trace, and a step that
    lasts is reached over several bars. Limits come from the repaired returns before it: row ``t`` depends on
    rows up to ``t`` alone.
    """
    repaired = close.copy()
    returns = np.zeros(len(close))
    for row in range(1, len(close)):
        step = math.log(close[row] / repaired[row - 1])
        before = returns[max(1, row - rule.window) : row]
        if len(before) >= rule.min_history:
            low, high = _limits(before, rule)
            clipped = min(max(step, low), high)
            if clipped != step:
                repaired[row] = repaired[row - 1] * math.exp(clipped)
                step = clipped
        returns[row] = step
    return repaired


def _limits(before: Floats, rule: WinsoriseRule) -> tuple[float, float]:
    if rule.method == "z":
        mean, spread = float(before.mean()), float(before.std(ddof=1))
        return mean - rule.limit * spread, mean + rule.limit * spread
    ordered = np.sort(before)
    first = float(ordered[len(ordered) // 4])
    third = float(ordered[(3 * len(ordered)) // 4])
    reach = rule.limit * (third - first)
    return first - reach, third + reach
