"""How column kernels are compiled.

Every column kernel takes and gives C-contiguous float64 arrays of shape (T, W): T bars of W independent
lanes, the lanes innermost so that each step over time is one vector operation over lanes. All lanes of a
call start at row 0 and become valid at the same row: leading NaN rows of an input are its warm-up, and
:func:`leading` finds how many there are.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile on first use, keep on disk, release the GIL; IEEE arithmetic without fast-math."""
    kernel: F = njit(cache=True, nogil=True, error_model="numpy")(function)
    return kernel


@compiled
def leading(x: Floats) -> int:
    """Number of rows before the first that is not NaN, judged by the first lane; T when there is none."""
    rows: int = x.shape[0]
    for t in range(rows):
        if not np.isnan(x[t, 0]):
            return t
    return rows


@compiled
def blank(out: Floats, stop: int) -> None:
    """NaN in the first ``stop`` rows: the warm-up of a column."""
    for t in range(min(stop, out.shape[0])):
        for j in range(out.shape[1]):
            out[t, j] = np.nan
