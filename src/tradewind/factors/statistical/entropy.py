"""Disorder and memory of returns: permutation entropy, Shannon entropy, Hurst exponent."""

import math

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window
from tradewind.factors.registry import each, factor
from tradewind.kernels.rounding import settled_at
from tradewind.kernels.windows import change, rolling_mean_std, rolling_sum


@factor(
    name="permutation_entropy_{n}",
    group="statistical",
    inputs=["close"],
    memory=lambda n: Window(n + 2),
    formula="entropy of the orders of three neighbouring closes over {n} triples / ln 6",
    source="Bandt and Pompe (2002), order 3",
    params=each(n=(60,)),
)
def permutation_entropy(close: Floats, n: int) -> Floats:
    """Permutation entropy, 0 (one order only) to 1; equals keep their order in time."""
    code = np.full_like(close, np.nan)
    a, b, c = close[:-2], close[1:-1], close[2:]
    code[2:] = 4.0 * (a > b) + 2.0 * (b > c) + (a > c)
    return _entropy(code, (0.0, 2.0, 3.0, 4.0, 5.0, 7.0), n)


@factor(
    name="shannon_entropy_{n}",
    group="statistical",
    inputs=["_log_return"],
    memory=lambda n: Window(2 * n - 1),
    formula="entropy of returns in 6 bins of 0.75 deviations of {n} bars, over {n} bars, / ln 6",
    source="Shannon (1948)",
    params=each(n=(60,)),
)
def shannon_entropy(step: Floats, n: int) -> Floats:
    """Entropy of binned returns, 0 to 1. Each return is binned by the deviation known at its own time."""
    std = settled_at(rolling_mean_std(step, n)[1], 1.0)
    safe = np.where(std > 0.0, std, 1.0)
    bins = np.clip(np.floor(np.where(std > 0.0, step / safe, 0.0) / 0.75) + 3.0, 0.0, 5.0)
    code = np.where(np.isnan(std), np.nan, bins)
    return _entropy(code, (0.0, 1.0, 2.0, 3.0, 4.0, 5.0), n)


def _entropy(code: Floats, instrument_ids: tuple[float, ...], n: int) -> Floats:
    total = np.zeros_like(code)
    for instrument_id in instrument_ids:
        share = (
            rolling_sum(np.where(np.isnan(code), np.nan, (code == instrument_id).astype(np.float64)), n) / n
        )
        total -= share * np.log(np.where(share > 0.0, share, 1.0))
    return total / math.log(len(instrument_ids))


@factor(
    name="hurst_{n}",
    group="statistical",
    inputs=["close"],
    memory=lambda n: Window(n + 16),
    formula="slope of ln deviation of k-bar log returns on ln k, k = 1, 2, 4, 8, 16, over {n} bars",
    source="generalised Hurst exponent of order 2 (Di Matteo, 2007)",
    params=each(n=(100, 200)),
)
def hurst(close: Floats, n: int) -> Floats:
    """Hurst exponent, 0.5 for a random walk and where the price did not move."""
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.log(close)
    spans = np.array([1, 2, 4, 8, 16])
    x = np.log(spans) - np.log(spans).mean()
    slope = np.zeros_like(close)
    flat = np.zeros(close.shape, dtype=bool)
    for k, weight in zip(spans.tolist(), (x / (x * x).sum()).tolist(), strict=True):
        std = settled_at(rolling_mean_std(change(level, k), n)[1], 1.0)
        flat |= std <= 0.0
        slope += weight * np.log(np.where(std <= 0.0, 1.0, std))
    return np.where(flat & ~np.isnan(slope), 0.5, slope)
