"""Between a panel (T, N) and lanes: gathering each instrument's own bars, and putting columns back.

``own`` holds the panel rows at which instruments have a bar, one instrument after the other.
"""

import numpy as np
from numpy.typing import NDArray

from tradewind.kernels.rounding import ROUNDING
from tradewind.kernels.windows_compile import Floats, compiled

Ints = NDArray[np.int64]
TILE = 64
"""Rows that are moved at a time, so that both sides stay in the nearest cache."""


@compiled
def gather_lanes(
    column: Floats, own: Ints, begin: Ints, length: Ints, instrument: Ints, height: int
) -> Floats:
    """Lanes (height, W): lane l holds rows ``own[begin[l]:][:length[l]]`` of its instrument.

    A lane that is shorter than ``height`` repeats its last row; what is computed there is thrown away.
    """
    W = len(begin)
    out = np.empty((height, W))
    for top in range(0, height, TILE):
        for lane in range(W):
            start, last, i = begin[lane], length[lane] - 1, instrument[lane]
            for r in range(top, min(top + TILE, height)):
                out[r, lane] = column[own[start + min(r, last)], i]
    return out


@compiled
def scatter_lanes(
    block: Floats, own: Ints, begin: Ints, skip: Ints, length: Ints, instrument: Ints, plane: Floats
) -> None:
    """Write rows ``skip..length`` of each lane to the panel rows that they came from."""
    for top in range(0, block.shape[0], TILE):
        for lane in range(len(begin)):
            start, i = begin[lane], instrument[lane]
            for r in range(max(top, skip[lane]), min(top + TILE, length[lane])):
                plane[own[start + r], i] = block[r, lane]


@compiled
def carry_forward(plane: Floats) -> Floats:
    """Last known value at each row, per column; NaN before the first."""
    T, N = plane.shape
    out = np.empty_like(plane)
    for i in range(N):
        out[0, i] = plane[0, i]
    for t in range(1, T):
        for i in range(N):
            value = plane[t, i]
            out[t, i] = out[t - 1, i] if np.isnan(value) else value
    return out


@compiled
def rank_across(plane: Floats) -> Floats:
    """Rank of each value among those of its row that are not NaN: 0 (lowest) to 1, equals share the middle.

    0.5 where a row has one value; NaN stays NaN.
    """
    T, N = plane.shape
    out = np.full((T, N), np.nan)
    for t in range(T):
        row = plane[t]
        order = np.argsort(row)
        count = N
        while count > 0 and np.isnan(row[order[count - 1]]):
            count -= 1
        a = 0
        while a < count:
            b = a
            least = row[order[a]]
            while b + 1 < count and row[order[b + 1]] - least <= ROUNDING * abs(least):
                b += 1
            rank = 0.5 * (a + b) / (count - 1) if count > 1 else 0.5
            for k in range(a, b + 1):
                out[t, order[k]] = rank
            a = b + 1
    return out


@compiled
def standard_across(plane: Floats) -> Floats:
    """Distance of each value from its row's mean in population deviations; 0 where the row has no spread."""
    T, N = plane.shape
    out = np.full((T, N), np.nan)
    for t in range(T):
        count, mean, square = 0, 0.0, 0.0
        for i in range(N):
            if not np.isnan(plane[t, i]):
                count += 1
                mean += plane[t, i]
        if count == 0:
            continue
        mean /= count
        for i in range(N):
            if not np.isnan(plane[t, i]):
                square += (plane[t, i] - mean) ** 2
        std = np.sqrt(square / count)
        floor = ROUNDING * abs(mean)
        for i in range(N):
            if not np.isnan(plane[t, i]):
                out[t, i] = (plane[t, i] - mean) / std if std > floor else 0.0
    return out
