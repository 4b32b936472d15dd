"""Returns far outside what the bars before them did."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection

_TAKEN_BACK = 0.7


@RULES.register("jump")
def jump(seen: Inspection) -> Iterator[Finding]:
    """Robust z of the log return above ``jump_z``; an error where the next bar takes it back (a spike).

    The z divides by the median absolute return times 1.4826 (Iglewicz and Hoaglin, 1993). Looking at the
    next bar makes this an audit of stored rows, not a feature.
    """
    returns = seen.log_return
    with np.errstate(invalid="ignore"):
        z = np.abs(returns) / seen.scale
        after = np.append(returns[1:], np.nan)
        spike = (after * returns < 0) & (np.abs(after) >= _TAKEN_BACK * np.abs(returns))
        found = np.flatnonzero(z > seen.settings.jump_z)
    for index in found:
        yield Finding(
            "jump",
            Dimension.ACCURACY,
            Severity.ERROR if spike[index] else Severity.INFO,
            int(seen.ts_event[index]),
            int(seen.rows[index]),
            f"a return of {100 * np.expm1(returns[index]):.2f} %, {z[index]:.0f} robust deviations"
            + (", taken back by the next bar" if spike[index] else ""),
            float(z[index]),
        )
