"""Stated splits whose ratio the prices do not show."""

from collections.abc import Iterator

import numpy as np

from tradewind.core.timestamps import iso
from tradewind.data.adjustment import SPLIT, nearest_split
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection

_SIGMAS, _LEAST = 8.0, 0.18
_NEAR = 0.06
_ORDINARY, _BARS = 4.0, 20


@RULES.register("split_ratio")
def split_ratio(seen: Inspection) -> Iterator[Finding]:
    """On a split's day the adjusted price still steps, so that another usual ratio (or none) explains it.

    ``value`` is the ratio that the prices show, new shares for one old. Severe with ordinary turnover (up to
    four times the median of the 20 bars before), since nobody trades so little through such a move; else, and
    without volumes, an error. A split whose whole ratio is missing in a stretch of rows is left to
    ``split_basis``, which names the rows.
    """
    named = {run.split for run in seen.levels if run.split is not None}
    for action in seen.raw.actions or ():
        index = int(np.searchsorted(seen.ts_event, action.ex_ns))
        if action.kind != SPLIT or action in named or not 0 < index < len(seen.rows):
            continue
        step = float(seen.log_return[index])
        if abs(step) <= max(_SIGMAS * float(seen.fault_scale[index]), _LEAST):
            continue
        shown = action.value * float(np.exp(-step))
        usual = nearest_split(shown, _NEAR) or (1.0 if abs(np.log(shown)) < _NEAR else None)
        if usual is None:
            continue
        day = iso(action.ex_ns)[:10]
        yield Finding(
            "split_ratio",
            Dimension.ACCURACY,
            Severity.SEVERE if _ordinary(seen, index) else Severity.ERROR,
            int(seen.ts_event[index]),
            int(seen.rows[index]),
            f"{action.value:g} for one is stated on {day}, the prices show {usual:g} for one",
            usual,
        )


def _ordinary(seen: Inspection, index: int) -> bool:
    """Whether the money turned over is no more than after a mere split."""
    if not seen.raw.has_volume:
        return False
    part = slice(max(0, index - _BARS), index + 1)
    money = np.nan_to_num(np.maximum(seen.volume[part], 0.0) * seen.close[part])
    return bool(money[-1] <= _ORDINARY * float(np.median(money[:-1])))
