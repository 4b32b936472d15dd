"""Joint bootstrap of return dates: scenarios that keep whatever dependence the instruments had.

Random numbers come from a counter, not from a state: scenario ``s`` on day ``d`` hashes ``(seed, s, d)`` with
splitmix64 (Steele, Lea and Flood 2014), so the draws do not depend on the order of work.
"""

import numpy as np
from numba import njit

from tradewind.core.panel import Floats

_MASK = (1 << 64) - 1
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@njit(cache=True)
def _draw(seed: np.uint64, counter: np.uint64, count: np.uint64) -> np.uint64:
    """A whole number in [0, count) from the counter; ``count`` below 2**31."""
    z = seed + (counter + np.uint64(1)) * np.uint64(_GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_MIX_1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_MIX_2)
    z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(32)) * count) >> np.uint64(32)


@njit(cache=True)
def bootstrap_returns(returns: Floats, weights: Floats, scenarios: int, horizon: int, seed: int) -> Floats:
    """Portfolio returns over ``horizon`` days of randomly drawn dates, holdings unchanged in between.

    Parameters
    ----------
    returns
        Simple returns (T, N), finite, one row a date: a date is drawn for all instruments at once.
    weights
        Fractions of equity (N,), signed; what is missing to 1 is cash without return.
    scenarios, horizon
        How many, at least 1 each.
    seed
        Any whole number from 0; the same one gives the same scenarios.

    Returns
    -------
    array (scenarios,), simple returns of the whole account
    """
    days, names = returns.shape
    out = np.empty(scenarios)
    growth = np.empty(names)
    for s in range(scenarios):
        growth[:] = 1.0
        for d in range(horizon):
            row = _draw(np.uint64(seed), np.uint64(s) * np.uint64(horizon) + np.uint64(d), np.uint64(days))
            for i in range(names):
                growth[i] *= 1.0 + returns[row, i]
        total = 0.0
        for i in range(names):
            total += weights[i] * (growth[i] - 1.0)
        out[s] = total
    return out


def draw_python(seed: int, counter: int, count: int) -> int:
    """The plain twin of the kernel's draw, which tests hold it against."""
    z = (seed + (counter + 1) * _GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * _MIX_1) & _MASK
    z = ((z ^ (z >> 27)) * _MIX_2) & _MASK
    z ^= z >> 31
    return ((z >> 32) * count) >> 32


@njit(cache=True)
def ewma_deviation(returns: Floats, decay: float, first: int) -> Floats:
    """Exponentially weighted standard deviation known *before* each return, (T + 1,).

    It starts from the mean square of the first ``first`` returns; the last value is the forecast for the day
    after the last return.
    """
    count = len(returns)
    out = np.empty(count + 1)
    variance = 0.0
    for t in range(first):
        variance += returns[t] * returns[t] / first
    for t in range(count):
        out[t] = np.sqrt(variance)
        variance = decay * variance + (1.0 - decay) * returns[t] * returns[t]
    out[count] = np.sqrt(variance)
    return out
