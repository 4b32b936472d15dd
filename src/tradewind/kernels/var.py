"""Joint bootstrap of return dates: scenarios that keep whatever dependence the instruments had.

The counter of scenario ``s`` on day ``d`` says which date is drawn, whatever the order of work.
"""

import numpy as np
from numba import njit

from tradewind.core.panel import Floats
from tradewind.kernels.draws import draw


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
            row = draw(np.uint64(seed), np.uint64(s) * np.uint64(horizon) + np.uint64(d), np.uint64(days))
            for i in range(names):
                growth[i] *= 1.0 + returns[row, i]
        total = 0.0
        for i in range(names):
            total += weights[i] * (growth[i] - 1.0)
        out[s] = total
    return out


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
