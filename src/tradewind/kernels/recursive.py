"""Recursive smoothers and what is built on them, lanes innermost (see ``windows_compile``).

Seeds follow the published definitions as TA-Lib computes them: the mean of the first ``n`` values, then
``y += alpha * (x - y)``.
"""

import numpy as np

from tradewind.kernels.rounding import ROUNDING
from tradewind.kernels.windows import change, rolling_sum
from tradewind.kernels.windows_compile import Floats, blank, compiled, leading


@compiled
def smoothed(x: Floats, n: int, alpha: float) -> Floats:
    """Exponential mean: seeded with the mean of ``n`` values, then moved by ``alpha`` of the difference.

    ``alpha`` is 2 / (n + 1) for an EMA and 1 / n for Wilder's smoothing.
    """
    T, W = x.shape
    out = np.empty_like(x)
    start = leading(x)
    first = start + n - 1
    blank(out, first)
    if first >= T:
        return out
    for j in range(W):
        out[first, j] = 0.0
    for t in range(start, first + 1):
        for j in range(W):
            out[first, j] += x[t, j]
    for j in range(W):
        out[first, j] /= n
    for t in range(first + 1, T):
        for j in range(W):
            before = out[t - 1, j]
            out[t, j] = before + alpha * (x[t, j] - before)
    return out


@compiled
def relative_strength(x: Floats, n: int) -> Floats:
    """Wilder's RSI, 0 to 100; 50 where price never moved. First valid ``n`` rows after the first price."""
    T, W = x.shape
    out = np.empty_like(x)
    start = leading(x)
    first = start + n
    blank(out, first)
    gain, loss = np.zeros(W), np.zeros(W)
    keep = (n - 1.0) / n
    for t in range(start + 1, min(first + 1, T)):
        for j in range(W):
            d = x[t, j] - x[t - 1, j]
            gain[j] += (d if d > 0.0 else 0.0) / n
            loss[j] += (-d if d < 0.0 else 0.0) / n
    for t in range(first, T):
        if t > first:
            for j in range(W):
                d = x[t, j] - x[t - 1, j]
                gain[j] = gain[j] * keep + (d if d > 0.0 else 0.0) / n
                loss[j] = loss[j] * keep + (-d if d < 0.0 else 0.0) / n
        for j in range(W):
            total = gain[j] + loss[j]
            safe = total if total > 0.0 else 1.0
            out[t, j] = 100.0 * gain[j] / safe if total > 0.0 else 50.0
    return out


@compiled
def true_range(high: Floats, low: Floats, close: Floats) -> Floats:
    """Wilder's true range; NaN at the first bar, which has no close before it."""
    T, W = high.shape
    out = np.empty_like(high)
    blank(out, 1)
    for t in range(1, T):
        for j in range(W):
            before = close[t - 1, j]
            top = high[t, j] if high[t, j] > before else before
            bottom = low[t, j] if low[t, j] < before else before
            out[t, j] = top - bottom
    return out


@compiled
def directional_moves(high: Floats, low: Floats) -> tuple[Floats, Floats]:
    """Wilder's +DM and -DM; NaN at the first bar. A rise and a fall of the same size cancel, as he says."""
    T, W = high.shape
    up, down = np.empty_like(high), np.empty_like(high)
    blank(up, 1)
    blank(down, 1)
    for t in range(1, T):
        for j in range(W):
            a = high[t, j] - high[t - 1, j]
            b = low[t - 1, j] - low[t, j]
            least = ROUNDING * abs(high[t, j])
            up[t, j] = a if a - b > least and a > 0.0 else 0.0
        for j in range(W):
            a = high[t, j] - high[t - 1, j]
            b = low[t - 1, j] - low[t, j]
            least = ROUNDING * abs(high[t, j])
            down[t, j] = b if b - a > least and b > 0.0 else 0.0
    return up, down


@compiled
def wilder_sum(x: Floats, n: int) -> Floats:
    """Wilder's running sum as in his directional system: ``s = s - s / n + x`` after ``n - 1`` plain sums.

    First valid ``n`` rows after the first bar (x itself is NaN at that bar).
    """
    T, W = x.shape
    out = np.empty_like(x)
    start = leading(x)
    first = start + n - 1
    blank(out, first)
    if first >= T:
        return out
    total = np.zeros(W)
    for t in range(start, first):
        for j in range(W):
            total[j] += x[t, j]
    keep = 1.0 - 1.0 / n
    for t in range(first, T):
        for j in range(W):
            total[j] = total[j] * keep + x[t, j]
            out[t, j] = total[j]
    return out


@compiled
def directional_index(plus: Floats, minus: Floats, n: int) -> Floats:
    """ADX from +DI and -DI: Wilder-smoothed ``100 |+DI - -DI| / (+DI + -DI)``, 0 where both are 0."""
    T, W = plus.shape
    dx = np.empty_like(plus)
    for t in range(T):
        for j in range(W):
            total = plus[t, j] + minus[t, j]
            gap = abs(plus[t, j] - minus[t, j])
            safe = total if total != 0.0 else 1.0
            dx[t, j] = 100.0 * gap / safe if total != 0.0 else 0.0
    return smoothed(dx, n, 1.0 / n)


@compiled
def adaptive_mean(x: Floats, n: int) -> Floats:
    """Kaufman's adaptive mean (efficiency over ``n``, speeds 2 and 30), seeded with the close before."""
    T, W = x.shape
    out = np.empty_like(x)
    start = leading(x)
    first = start + n
    blank(out, first)
    if first >= T:
        return out
    fast, slow = 2.0 / 3.0, 2.0 / 31.0
    path = rolling_sum(np.abs(change(x, 1)), n)
    state = np.empty(W)
    for j in range(W):
        state[j] = x[first - 1, j]
    for t in range(first, T):
        for j in range(W):
            gap = abs(x[t, j] - x[t - n, j])
            safe = path[t, j] if path[t, j] > 0.0 else 1.0
            efficiency = gap / safe if path[t, j] > 0.0 else 1.0
            speed = efficiency * (fast - slow) + slow
            state[j] += speed * speed * (x[t, j] - state[j])
        for j in range(W):
            out[t, j] = state[j]
    return out
