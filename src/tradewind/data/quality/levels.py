"""Runs of bars on a wrong level: a hundred times too high or too low, or without a split that is in force.

Found are steps between closes that are near 100, or near the ratio of a split stated within 20 bars, and what
lies between them. Which side is right: where it steps there and back, the level on which more bars were
traded; where it steps once, the newer one, unless that is a handful of bars at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Floats, Ints
from tradewind.data.adjustment import SPLIT, CorporateAction

UNIT = "unit"
_HUNDRED = float(np.log(100.0))
_LEAST_SIGMAS = 6.0
_NEAR_SIGMAS, _NEAR_UNIT, _NEAR_SPLIT = 4.0, 0.15, 0.12
_FARTHEST_UNIT, _FARTHEST_SPLIT, _FARTHEST_BY_VOLUME = 0.9, 0.2, 0.35
_BARS_FROM_SPLIT = 20
_HANDFUL, _HANDFUL_SHARE = 5, 0.1


@dataclass(frozen=True)
class OffLevel:
    """Usable rows ``first`` to ``last`` (both of them) whose prices are ``ratio`` times what they should be.

    ``kind`` is ``unit`` or ``split``; ``split`` is the one whose ratio it is. ``columns`` are the prices at
    fault in all of them. ``by_volume`` tells whether volume moved against the price, as with a split.
    """

    first: int
    last: int
    ratio: float
    kind: str
    split: CorporateAction | None
    columns: tuple[str, ...]
    by_volume: bool

    @property
    def step(self) -> int:
        """The row of the run at the step that nothing but a fault explains."""
        return self.first or self.last


@dataclass(frozen=True)
class _Cause:
    size: float
    split: CorporateAction | None
    row: int


def off_levels(
    ts_event: Ints,
    prices: dict[str, Floats],
    volume: Floats,
    actions: Sequence[CorporateAction],
) -> tuple[OffLevel, ...]:
    """Runs on a wrong level, oldest first. Prices are adjusted for the known actions, oldest first."""
    close = prices["close"]
    if len(close) < 3:
        return ()
    steps = np.append(0.0, np.diff(np.log(close)))
    causes = _causes(actions, ts_event)
    smallest = min(abs(cause.size) for cause in causes)
    sigma = _usual_step(steps, 0.6 * smallest)
    large = np.flatnonzero(np.abs(steps) > max(_LEAST_SIGMAS * sigma, 0.6 * smallest))
    at: list[int] = []
    why: list[tuple[float, _Cause]] = []
    for row in large.tolist():
        cause = _explains(row, steps, volume, causes, sigma)
        if cause is not None:
            at.append(row)
            why.append((float(np.sign(steps[row]) * abs(cause.size)), cause))
    return _runs(at, why, len(close), prices, volume) if at else ()


def _usual_step(steps: Floats, fault: float) -> float:
    """Robust deviation of the steps that are too small for any of the faults looked for; 0.02 without any."""
    size = np.abs(steps)
    moved = size[(size > 0.0) & (size < fault)]
    return max(1.4826 * float(np.median(moved)), 0.002) if len(moved) else 0.02


def _causes(actions: Sequence[CorporateAction], ts_event: Ints) -> list[_Cause]:
    found = [_Cause(_HUNDRED, None, -1)]
    for action in actions:
        if action.kind == SPLIT and abs(np.log(action.value)) > 0.1:
            row = int(np.searchsorted(ts_event, action.ex_ns))
            found.append(_Cause(float(np.log(action.value)), action, row))
    return found


def _explains(row: int, steps: Floats, volume: Floats, causes: list[_Cause], sigma: float) -> _Cause | None:
    """The cause whose size the step has, the nearest; None where it is a move of the market."""
    best, least = None, np.inf
    for cause in causes:
        if cause.split is not None and abs(row - cause.row) > _BARS_FROM_SPLIT:
            continue
        size = abs(cause.size)
        off = abs(abs(float(steps[row])) - size)
        if size < _LEAST_SIGMAS * sigma:
            continue
        if cause.split is None:
            if _volume_moved(volume, row, float(steps[row])):
                continue  # another unit leaves volume alone: that is a split
            near = min(max(_NEAR_SIGMAS * sigma, _NEAR_UNIT), _FARTHEST_UNIT)
        else:
            near = min(max(_NEAR_SIGMAS * sigma, _NEAR_SPLIT), _FARTHEST_SPLIT * size)
            if _volume_moved(volume, row, float(steps[row])):
                near = max(near, _FARTHEST_BY_VOLUME * size)
        if off <= near and off < least:
            best, least = cause, off
    return best


def _volume_moved(volume: Floats, row: int, step: float) -> bool:
    """Whether volume went up by about what the price went down by."""
    before, after = float(np.nan_to_num(volume[row - 1])), float(np.nan_to_num(volume[row]))
    if before <= 0.0 or after <= 0.0:
        return False
    share = np.log(after / before) / -step
    return bool(0.5 < share < 1.5)


def _runs(
    at: list[int], why: list[tuple[float, _Cause]], bars: int, prices: dict[str, Floats], volume: Floats
) -> tuple[OffLevel, ...]:
    edges = [0, *at, bars]
    offset = np.append(0.0, np.cumsum([size for size, _ in why]))
    offset -= offset[_right_level(edges, offset, volume)]
    found = []
    for n, first in enumerate(edges[:-1]):
        if abs(offset[n]) < 0.05:
            continue
        cause = why[n - 1][1] if n else why[0][1]
        if n and n < len(why) and abs(abs(offset[n]) - abs(cause.size)) > 0.05:
            cause = why[n][1]
        last = edges[n + 1] - 1
        moved = [row for row in (first, last + 1) if 0 < row < bars]
        step = {row: float(np.diff(np.log(prices["close"][row - 1 : row + 1]))[0]) for row in moved}
        by_volume = any(_volume_moved(volume, row, step[row]) for row in moved)
        kind = UNIT if cause.split is None else SPLIT
        ratio = float(np.exp(offset[n]))
        columns = _columns(first, last, float(offset[n]), prices)
        found.append(OffLevel(first, last, ratio, kind, cause.split, columns, by_volume))
    return tuple(found)


def _right_level(edges: list[int], offset: Floats, volume: Floats) -> int:
    """Which of the stretches between the steps is on the right level."""
    sizes = np.diff(edges)
    last = len(sizes) - 1
    if last == 1:
        few = sizes[1] <= _HANDFUL and sizes[1] <= _HANDFUL_SHARE * sizes.sum()
        return 0 if few else 1
    traded = np.nan_to_num(volume) > 0.0
    weight: dict[float, float] = {}
    for n, (first, size) in enumerate(zip(edges[:-1], sizes, strict=True)):
        key = round(float(offset[n]), 6)
        counted = float(traded[first : first + size].sum()) + 1e-6 * float(size)
        weight[key] = weight.get(key, 0.0) + counted
    best = max(weight, key=lambda key: weight[key])
    return int(np.flatnonzero(np.abs(offset - best) < 1e-5)[-1])


def _columns(first: int, last: int, offset: float, prices: dict[str, Floats]) -> tuple[str, ...]:
    """The prices that are off in the run: in a lone bar perhaps only some, held against the close beside."""
    close = prices["close"]
    if first != last:
        return tuple(prices)
    beside = np.log(close[first - 1] if first else close[first + 1])
    wrong = [name for name, values in prices.items() if _nearer(np.log(values[first]) - beside, offset)]
    return tuple(wrong)


def _nearer(distance: float, offset: float) -> bool:
    return bool(abs(distance - offset) < abs(distance))
