"""What rounding leaves of a difference that is exactly zero is zero: one rule for all that compares.

A price of two decimals is no binary fraction. Sums and means of equal prices therefore differ by some units
in the last place, and a comparison of such figures decides by the noise: a bar that did not move flowed *up*,
a deviation of 1e-14 was divided by. Where a figure is the difference of levels of size ``scale``, it counts
as zero up to ``ROUNDING * scale``. Raw prices are compared as they are: equal decimals are equal floats.

The bound is 2**-40, about 1e-12: a window of n terms errs by at most n * 2**-53 of their size (Higham,
Accuracy and Stability of Numerical Algorithms, 2002, section 4.2), which stays under it up to n = 8,192,
while a real move is never under 1e-9 of a price that is quoted with ten digits.
"""

import numpy as np

from tradewind.kernels.windows_compile import Floats, compiled

ROUNDING = 2.0**-40


@compiled
def settled(x: Floats, scale: Floats) -> Floats:
    """``x`` (T, W), and 0 where it is no more than rounding can leave of figures of size ``scale`` (T, W)."""
    T, W = x.shape
    out = np.empty_like(x)
    for t in range(T):
        for j in range(W):
            out[t, j] = 0.0 if abs(x[t, j]) <= ROUNDING * abs(scale[t, j]) else x[t, j]
    return out


@compiled
def settled_at(x: Floats, scale: float) -> Floats:
    """The same for one size: 1 for returns, which are differences of ratios of prices from 1."""
    T, W = x.shape
    out = np.empty_like(x)
    for t in range(T):
        for j in range(W):
            out[t, j] = 0.0 if abs(x[t, j]) <= ROUNDING * scale else x[t, j]
    return out
