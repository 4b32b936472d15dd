"""One compiled walk for every tree ensemble: a row alone costs no more than in a batch.

Libraries answer one row in 0.2 to 6 ms, most of it spent in their front doors. A trained ensemble is only
arrays: here its trees lie end to end, and a row is walked down each in turn.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradewind.core.panel import Floats


@dataclass(frozen=True)
class Forest:
    """Trees end to end; node ``n`` is a leaf where ``feature[n] < 0``.

    ``roots`` int32 (trees,); ``feature, left, right`` int32 (nodes,); ``threshold`` float64: a value at or
    under it goes left; ``missing_left`` bool: where NaN goes; ``value`` (nodes,) what a leaf adds, in the
    precision that the library adds it in (float32 or float64).
    """

    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Floats
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    value: NDArray[np.floating[Any]]


def leaf_sums(forest: Forest, rows: Floats) -> Floats:
    """Sum of the leaves that each row of (R, K) float64 falls into, (R,) float64."""
    sums: Floats = _compiled()(
        rows,
        forest.roots,
        forest.feature,
        forest.threshold,
        forest.left,
        forest.right,
        forest.missing_left,
        forest.value,
    )
    return sums


def walk(
    rows: Any, roots: Any, feature: Any, threshold: Any, left: Any, right: Any, missing_left: Any, value: Any
) -> Any:
    """The walk itself, plain Python; compiled by numba on first use. Arguments as in :class:`Forest`."""
    sums = np.zeros(rows.shape[0], dtype=np.float64)
    for r in range(rows.shape[0]):
        total = value[0] - value[0]  # zero, in the precision of the leaves
        for root in roots:
            node = root
            while feature[node] >= 0:
                x = rows[r, feature[node]]
                goes_left = missing_left[node] if np.isnan(x) else x <= threshold[node]
                node = left[node] if goes_left else right[node]
            total = total + value[node]
        sums[r] = total
    return sums


@functools.cache
def _compiled() -> Callable[..., Floats]:
    from numba import njit

    compiled: Callable[..., Floats] = njit(cache=True, nogil=True)(walk)
    return compiled
