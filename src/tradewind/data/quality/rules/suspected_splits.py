"""Steps between two bars that look like a split, or a change of unit, which nobody announced."""

from collections.abc import Iterator

import numpy as np

from tradewind.core.panel import Floats
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection

USUAL = np.log(np.array([1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0, 100.0]))
"""Logarithms of new shares per old one; 100 is also pence for pounds."""
_LARGEST = np.log(1e6)
_RESIDUAL_SCALES = 4.0
_STEP_SCALES = 6.0
_ORDINARY_TURNOVER, _SMALL_STEP_TURNOVER = 4.0, 2.0
_TURNOVER_BARS = 20


@RULES.register("suspected_split")
def suspected_split(seen: Inspection) -> Iterator[Finding]:
    """The step to this bar, at its open and at its close, lies near the ratio of a usual split.

    Beyond ten for one any whole number is usual (reverse splits of 1:190 exist).

    ``value`` is the ratio of prices after to before that the split would explain. A crash that gaps by a
    third or by half cannot be told from a split by prices alone, but by its turnover: nobody trades four
    times the usual money because of a split (twice, for steps of less than a half, which crashes make more
    often). With ordinary turnover the finding is severe; without volumes it is from a step of two thirds on.
    Else it is a suspicion, and a person decides.
    """
    step = seen.log_gap if seen.raw.has_ohlc else seen.log_return
    residual = _residual(step)
    near = np.minimum(_RESIDUAL_SCALES * seen.scale, np.log1p(seen.settings.split_residual_pct / 100))
    with np.errstate(invalid="ignore"):
        large = (np.abs(step) > _STEP_SCALES * seen.scale) & (np.abs(step) > USUAL[0] - near)
        held = np.abs(seen.log_return - step) < 0.5 * np.abs(step)
        found = np.flatnonzero(large & held & (np.abs(residual) <= near))
    named = {edge for run in seen.levels for edge in (run.first, run.last + 1)}
    for index in found.tolist():
        if index in named:
            continue  # another unit, or a stated split that was not applied: the row's own rule speaks
        size, slack = float(abs(step[index])), float(near[index])
        if seen.raw.has_volume:
            lost = _without_a_crowd(seen, index, small=size < USUAL[1] - slack)
        else:
            lost = size > USUAL[2] - slack
        explained = float(np.exp(step[index] - residual[index]))
        yield Finding(
            "suspected_split",
            Dimension.ACCURACY,
            Severity.SEVERE if lost else Severity.WARNING,
            int(seen.ts_event[index]),
            int(seen.rows[index]),
            f"prices went to {explained:.4g} times what they were",
            explained,
        )


def _without_a_crowd(seen: Inspection, index: int, *, small: bool) -> bool:
    """Whether the turnover of a bar is ordinary against the median of the 20 before."""
    before = slice(max(0, index - _TURNOVER_BARS), index + 1)
    money = np.nan_to_num(np.maximum(seen.volume[before], 0.0) * seen.close[before])
    usual = float(np.median(money[:-1])) if index else 0.0
    return bool(money[-1] <= (_SMALL_STEP_TURNOVER if small else _ORDINARY_TURNOVER) * usual)


def _residual(step: Floats) -> Floats:
    size = np.abs(np.nan_to_num(step))
    nearest = USUAL[np.argmin(np.abs(USUAL[None, :] - size[:, None]), axis=1)]
    whole = np.log(np.maximum(np.round(np.exp(np.minimum(size, _LARGEST))), 1.0))
    nearest = np.where((size > USUAL[8]) & (np.abs(whole - size) < np.abs(nearest - size)), whole, nearest)
    difference: Floats = np.sign(step) * (size - nearest)
    return difference
