"""Median and mean of the values before each row, in one walk."""

import numpy as np
from numba import njit

from tradewind.core.panel import Floats


def trailing_centre(values: Floats, window: int) -> tuple[Floats, Floats]:
    """Median and mean of the ``window`` values before each row, or of all while there are fewer, both (R,).

    NaN values are left out; where none is left both are NaN.
    """
    found: tuple[Floats, Floats] = _trailing_centre(np.ascontiguousarray(values, dtype=np.float64), window)
    return found


@njit(cache=True, nogil=True)
def _trailing_centre(values, window):  # type: ignore[no-untyped-def]
    rows = len(values)
    median, mean = np.full(rows, np.nan), np.full(rows, np.nan)
    ordered = np.empty(window + 1)
    count = 0
    for row in range(rows):
        if count:
            half = count // 2
            median[row] = ordered[half] if count % 2 else (ordered[half - 1] + ordered[half]) / 2.0
            mean[row] = ordered[:count].mean()
        gone = row - window
        if gone >= 0 and not np.isnan(values[gone]):
            at = np.searchsorted(ordered[:count], values[gone])
            for index in range(at, count - 1):
                ordered[index] = ordered[index + 1]
            count -= 1
        value = values[row]
        if not np.isnan(value):
            at = np.searchsorted(ordered[:count], value)
            for index in range(count, at, -1):
                ordered[index] = ordered[index - 1]
            ordered[at] = value
            count += 1
    return median, mean
