"""The provider's own adjusted close against the dividends that it states."""

from collections.abc import Iterator

import numpy as np

from tradewind.core.market import Timeframe
from tradewind.core.panel import Floats
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection

_LEAST, _SHARE = 3e-4, 0.05


@RULES.register("dividend_adjustment")
def dividend_adjustment(seen: Inspection) -> Iterator[Finding]:
    """The adjusted close takes out another amount than the believed dividend: none, twice, a hundredth.

    ``value`` is the amount that it takes out by the amount that is due (infinite where none is due). Amounts
    that differ by less than 5 % of the dividend and 3 bps of the price are alike. Longer bars than a day say
    nothing: the provider puts the step into either of two. Both usual rules pass, by the close before the
    ex-date and by the close on it (:mod:`tradewind.data.adjustment`). Adjusted prices are made from actions
    here and never from this column, so the finding is a warning about the source.
    """
    told, bars = seen.market.told, len(seen.rows)
    if bars < 2 or Timeframe(seen.raw.timeframe).length_ns > NS_PER_DAY or np.isnan(told).all():
        return
    due = _due(seen)
    with np.errstate(invalid="ignore", divide="ignore"):
        taken = np.append(0.0, 1.0 - told[:-1] / told[1:])
        gone = ~((told > 0.0) & np.isfinite(told)) & ~np.isnan(told)
        broken = (due != 0.0) & (gone | np.append(False, gone[:-1]))
        near = np.maximum(_SHARE * due, _LEAST)
        off = (np.abs(taken - due) > near) & (np.abs(taken - _on_ex_close(seen, due)) > near)
    for index in np.flatnonzero(broken | (off & np.isfinite(taken))).tolist():
        before, is_due = seen.market.close[index - 1], float(due[index])
        said = "no price at all" if broken[index] else f"{taken[index] * before:.6g}"
        yield Finding(
            "dividend_adjustment",
            Dimension.CONSISTENCY,
            Severity.WARNING,
            int(seen.ts_event[index]),
            int(seen.rows[index]),
            f"the adjusted close takes out {said} where a dividend of {is_due * before:.6g} is due",
            float(taken[index] / is_due) if is_due else float("inf"),
        )


def _due(seen: Inspection) -> Floats:
    """Believed dividends as a part of the close before, by the bar into which they are paid, (U,)."""
    due = np.zeros(len(seen.rows))
    for one in seen.dividends:
        row = one.row
        if one.moved_to_ns:
            row = int(np.searchsorted(seen.ts_event, one.moved_to_ns))
        if 0 < row < len(due):
            due[row] += one.fraction * one.times
    return due


def _on_ex_close(seen: Inspection, due: Floats) -> Floats:
    """The same dividends as a part of the close on the ex-date and themselves, (U,)."""
    close = seen.market.close
    paid = due * np.append(close[:1], close[:-1])
    part: Floats = paid / (close + paid)
    return part
