"""Falls of an account below its peak: how deep, from when, until when.

Wealth begins at 1 and is compounded from one simple return a day, so a fall from the first day on counts
from what was paid in.
"""

from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Floats


@dataclass(frozen=True)
class Drawdown:
    """One fall below a peak. Places are of returns: ``peak`` -1 stands for the start, before the first day.

    ``recovered`` is the first day at or above the peak again, None while it is still below. ``depth`` is a
    negative fraction.
    """

    peak: int
    trough: int
    recovered: int | None
    depth: float


def wealth_of(net: Floats) -> Floats:
    """What 1 became by the end of each day, (D,); nothing is left after a loss of everything."""
    wealth: Floats = np.cumprod(np.maximum(1.0 + net, 0.0), dtype=np.float64)
    return wealth


def underwater(net: Floats) -> Floats:
    """How far each day's end lies below the peak, (D,), 0 or a negative fraction."""
    wealth = wealth_of(net)
    tops: Floats = np.maximum.accumulate(np.concatenate([[1.0], wealth]))[1:]
    below: Floats = wealth / tops - 1.0
    return below


def drawdowns(net: Floats) -> list[Drawdown]:
    """All falls in the order of time; one that goes on at the end is not recovered."""
    below = underwater(net)
    found: list[Drawdown] = []
    begun: int | None = None
    for place, depth in enumerate(below.tolist()):
        if depth < 0.0 and begun is None:
            begun = place
        elif depth >= 0.0 and begun is not None:
            found.append(_fall(below, begun, place))
            begun = None
    if begun is not None:
        found.append(_fall(below, begun, None))
    return found


def ulcer_index(net: Floats) -> float:
    """Root of the mean squared drawdown over all days, a fraction (Martin and McCann, 1989); NaN of none."""
    return float(np.sqrt(np.mean(np.square(underwater(net))))) if len(net) else float("nan")


def _fall(below: Floats, begun: int, recovered: int | None) -> Drawdown:
    trough = begun + int(np.argmin(below[begun:recovered]))
    return Drawdown(begun - 1, trough, recovered, float(below[trough]))
