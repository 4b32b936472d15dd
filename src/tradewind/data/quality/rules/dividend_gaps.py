"""Dividends that prices do not show: the prices were adjusted for them already, and would count them twice.

On an ex-day a price opens lower by about the dividend (Elton and Gruber, 1970: by somewhat less, for taxes).
The gaps of all ex-days are regressed on their dividends: as traded the slope is about one, on adjusted prices
nought.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tradewind.data.adjustment import DIVIDEND, split_factors
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection

_FOREVER = 2**63 - 1
_DECIDES = 0.25
"""Standard error of the slope up to which something can be said."""
_CERTAIN = 3.0


class ExDays(NamedTuple):
    """The slope of gaps on dividends (1 as traded, 0 where they were taken out), and its standard error.

    ``days`` counts ex-days, ``last`` is the usable row of the last one.
    """

    slope: float
    error: float
    days: int
    last: int


@RULES.register("dividend_gaps")
def dividend_gaps(seen: Inspection) -> Iterator[Finding]:
    """Prices that do not fall on ex-days, though they are given as traded."""
    found = ex_days(seen)
    if found is None or found.error > _DECIDES or found.slope > 0.5:
        return
    if found.slope + _CERTAIN * found.error < 1.0:
        yield Finding(
            "dividend_gaps",
            Dimension.ACCURACY,
            Severity.WARNING,
            int(seen.ts_event[found.last]),
            int(seen.rows[found.last]),
            f"on {found.days} ex-days the price opened lower by {100.0 * found.slope:.0f} % of the dividend "
            f"(standard error {100.0 * found.error:.0f} %): it looks adjusted for dividends already",
            found.slope,
        )


def ex_days(seen: Inspection) -> ExDays | None:
    """How prices answer to the dividends that are told with them; None where there are none, or no need."""
    actions = seen.raw.actions or ()
    paid = [action for action in actions if action.kind == DIVIDEND and action.value > 0]
    if seen.raw.adjusted or not paid or len(seen.rows) < 3:
        return None
    factor = split_factors(actions, seen.ts_event, _FOREVER)
    close = seen.raw.close[seen.rows] * factor
    opens = seen.raw.open[seen.rows] * factor if seen.raw.has_ohlc else close
    gap = opens[1:] / close[:-1] - 1.0
    ex_ns = np.array([action.ex_ns for action in paid], dtype=np.int64)
    amounts = np.array([action.value for action in paid]) * split_factors(actions, ex_ns, _FOREVER)
    bar = np.searchsorted(seen.ts_event, ex_ns)
    inside = (bar > 0) & (bar < len(close))
    if not inside.any():
        return None
    bar, size = bar[inside], amounts[inside] / close[bar[inside] - 1]
    usual = 1.4826 * float(np.median(np.abs(gap - np.median(gap))))
    weight = float(np.sum(size**2))
    slope = -float(np.sum(size * (gap[bar - 1] - np.median(gap)))) / weight
    return ExDays(slope, max(usual, 1e-5) / np.sqrt(weight), int(inside.sum()), int(bar[-1]))
