"""Random numbers that come from a counter and not from a state: the draws do not depend on the order of work.

The counter is hashed with the seed by splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
generators", 2014).
"""

import numpy as np
from numba import njit

_MASK = (1 << 64) - 1
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@njit(cache=True, nogil=True)
def _hashed(seed: np.uint64, counter: np.uint64) -> np.uint64:
    z = seed + (counter + np.uint64(1)) * np.uint64(_GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_MIX_1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_MIX_2)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def draw(seed: np.uint64, counter: np.uint64, count: np.uint64) -> np.uint64:
    """A whole number in [0, count) from the counter; ``count`` below 2**31."""
    upper: np.uint64 = _hashed(seed, counter) >> np.uint64(32)
    return (upper * count) >> np.uint64(32)


@njit(cache=True, nogil=True)
def fraction(seed: np.uint64, counter: np.uint64) -> float:
    """A number in [0, 1) from the counter, of 53 bits."""
    return np.float64(_hashed(seed, counter) >> np.uint64(11)) * 2.0**-53


def draw_python(seed: int, counter: int, count: int) -> int:
    """The plain twin of :func:`draw`, which tests hold it against."""
    z = (seed + (counter + 1) * _GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * _MIX_1) & _MASK
    z = ((z ^ (z >> 27)) * _MIX_2) & _MASK
    z ^= z >> 31
    return ((z >> 32) * count) >> 32
