"""Returns far outside what the bars before them did."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection

_TAKEN_BACK = 0.7
_GROSS, _GROSS_SHARE = np.log(2.0), 0.01


@RULES.register("jump")
def jump(seen: Inspection) -> Iterator[Finding]:
    """Robust z of the log return above ``jump_z``; an error where the next bar takes it back (a spike).

    Where more than one bar in a hundred is a spike to twice or half the price, each of those is severe: the
    series is broken, not noisy. The z divides by the median absolute return times 1.4826 (Iglewicz and
    Hoaglin, 1993). Looking at the next bar makes this an audit of stored rows, not a feature.
    """
    returns = seen.log_return
    with np.errstate(invalid="ignore"):
        after = np.append(returns[1:], np.nan)
        spike = (after * returns < 0) & (np.abs(after) >= _TAKEN_BACK * np.abs(returns))
        # What stays may be turbulence; what the next bar takes back is held against the clean scale.
        z = np.abs(returns) / np.where(spike, seen.fault_scale, seen.scale)
        found = np.flatnonzero(z > seen.settings.jump_z)
        gross = spike & (np.abs(returns) > _GROSS)
    broken = int(gross[found].sum()) > _GROSS_SHARE * len(returns)
    for index in found:
        yield Finding(
            "jump",
            Dimension.ACCURACY,
            _severity(bool(spike[index]), bool(gross[index]) and broken),
            int(seen.ts_event[index]),
            int(seen.rows[index]),
            f"a return of {100 * np.expm1(returns[index]):.2f} %, {z[index]:.0f} robust deviations"
            + (", taken back by the next bar" if spike[index] else ""),
            float(z[index]),
        )


def _severity(spike: bool, broken: bool) -> Severity:
    if broken:
        return Severity.SEVERE
    return Severity.ERROR if spike else Severity.INFO
