"""Sliding sums, means and deviations, O(1) a step and without drift.

The usual running sum adds what enters and subtracts what leaves, so that rounding errors pile up and a
large offset eats the variance. Here time is cut into blocks of ``n`` rows (van Herk, 1992, and Gil and
Werman, 1993, for extremes): a window is the tail of one block plus the head of the next, so every result
is made of at most ``n`` additions. Values enter as differences from a *pivot*, the first row of the
block, which lies inside every window that ends in the block: a constant window has exactly no variance.
"""

import numpy as np

from tradewind.kernels.rounding import ROUNDING
from tradewind.kernels.windows_compile import Floats, blank, compiled, leading


@compiled
def rolling_mean(x: Floats, n: int) -> Floats:
    """Mean of the last ``n`` rows; NaN before ``n`` valid rows."""
    T, W = x.shape
    out = np.empty_like(x)
    p = leading(x) + n - 1
    blank(out, p)
    tail = np.zeros((n, W))
    head = np.empty(W)
    pivot = np.empty(W)
    inverse = 1.0 / n
    while p < T:
        for j in range(W):
            pivot[j] = x[p, j]
            head[j] = 0.0
        for k in range(n - 2, -1, -1):
            for j in range(W):
                tail[k, j] = tail[k + 1, j] + (x[p - n + 1 + k, j] - pivot[j])
        for i in range(min(n, T - p)):
            for j in range(W):
                head[j] += x[p + i, j] - pivot[j]
            for j in range(W):
                out[p + i, j] = pivot[j] + (head[j] + tail[i, j]) * inverse
        p += n
    return out


@compiled
def rolling_sum(x: Floats, n: int) -> Floats:
    """Sum of the last ``n`` rows, added as they are (no pivot: for volumes and other flows)."""
    T, W = x.shape
    out = np.empty_like(x)
    p = leading(x) + n - 1
    blank(out, p)
    tail = np.zeros((n, W))
    head = np.empty(W)
    while p < T:
        for j in range(W):
            head[j] = 0.0
        for k in range(n - 2, -1, -1):
            for j in range(W):
                tail[k, j] = tail[k + 1, j] + x[p - n + 1 + k, j]
        for i in range(min(n, T - p)):
            for j in range(W):
                head[j] += x[p + i, j]
                out[p + i, j] = head[j] + tail[i, j]
        p += n
    return out


@compiled
def rolling_mean_std(x: Floats, n: int) -> tuple[Floats, Floats]:
    """Mean and population standard deviation (divisor ``n``) of the last ``n`` rows."""
    T, W = x.shape
    mean, std = np.empty_like(x), np.empty_like(x)
    p = leading(x) + n - 1
    blank(mean, p)
    blank(std, p)
    tail1, tail2 = np.zeros((n, W)), np.zeros((n, W))
    head1, head2, pivot = np.empty(W), np.empty(W), np.empty(W)
    inverse = 1.0 / n
    while p < T:
        for j in range(W):
            pivot[j] = x[p, j]
            head1[j] = 0.0
            head2[j] = 0.0
        for k in range(n - 2, -1, -1):
            row = p - n + 1 + k
            for j in range(W):
                tail1[k, j] = tail1[k + 1, j] + (x[row, j] - pivot[j])
            for j in range(W):
                d = x[row, j] - pivot[j]
                tail2[k, j] = tail2[k + 1, j] + d * d
        for i in range(min(n, T - p)):
            t = p + i
            for j in range(W):
                d = x[t, j] - pivot[j]
                head1[j] += d
                head2[j] += d * d
            for j in range(W):
                mean[t, j] = (head1[j] + tail1[i, j]) * inverse
            for j in range(W):
                m = mean[t, j]
                v = (head2[j] + tail2[i, j]) * inverse - m * m
                std[t, j] = np.sqrt(v if v > 0.0 else 0.0)
            for j in range(W):
                mean[t, j] += pivot[j]
        p += n
    return mean, std


@compiled
def rolling_mean_deviation(x: Floats, n: int) -> tuple[Floats, Floats]:
    """Mean, and mean absolute deviation from it, of the last ``n`` rows (O(n) a step: no shorter way)."""
    T, W = x.shape
    mean = rolling_mean(x, n)
    out = np.empty_like(x)
    first = leading(x) + n - 1
    blank(out, first)
    total = np.empty(W)
    for t in range(first, T):
        for j in range(W):
            total[j] = 0.0
        for s in range(t - n + 1, t + 1):
            for j in range(W):
                total[j] += abs(x[s, j] - mean[t, j])
        for j in range(W):
            out[t, j] = total[j] / n
    return mean, out


@compiled
def lagged(x: Floats, n: int) -> Floats:
    """The value ``n`` rows ago."""
    T, W = x.shape
    out = np.empty_like(x)
    blank(out, n)
    for t in range(n, T):
        for j in range(W):
            out[t, j] = x[t - n, j]
    return out


@compiled
def change(x: Floats, n: int) -> Floats:
    """``x[t] - x[t - n]``."""
    T, W = x.shape
    out = np.empty_like(x)
    blank(out, n)
    for t in range(n, T):
        for j in range(W):
            out[t, j] = x[t, j] - x[t - n, j]
    return out


@compiled
def relative_change(x: Floats, n: int) -> Floats:
    """``x[t] / x[t - n] - 1``; 0 where the earlier value is 0."""
    T, W = x.shape
    out = np.empty_like(x)
    blank(out, n)
    for t in range(n, T):
        for j in range(W):
            before = x[t - n, j]
            safe = before if before != 0.0 else 1.0
            out[t, j] = (x[t, j] - before) / safe if before != 0.0 else 0.0
    return out


@compiled
def ratio(a: Floats, b: Floats, neutral: float) -> Floats:
    """``a / b``; ``neutral`` where ``b`` is 0. What is not known stays NaN."""
    T, W = a.shape
    out = np.empty_like(a)
    for t in range(T):
        for j in range(W):
            safe = b[t, j] if b[t, j] != 0.0 else 1.0
            out[t, j] = a[t, j] / safe if b[t, j] != 0.0 else neutral + 0.0 * a[t, j]
    return out


@compiled
def distance(a: Floats, b: Floats) -> Floats:
    """``a / b - 1``; 0 where ``b`` is 0."""
    T, W = a.shape
    out = np.empty_like(a)
    for t in range(T):
        for j in range(W):
            safe = b[t, j] if b[t, j] != 0.0 else 1.0
            out[t, j] = (a[t, j] - b[t, j]) / safe if b[t, j] != 0.0 else 0.0 * a[t, j]
    return out


@compiled
def position(x: Floats, low: Floats, high: Floats, neutral: float) -> Floats:
    """Where ``x`` lies from ``low`` (0) to ``high`` (1); ``neutral`` where the range has no width."""
    T, W = x.shape
    out = np.empty_like(x)
    for t in range(T):
        for j in range(W):
            width = high[t, j] - low[t, j]
            safe = width if width != 0.0 else 1.0
            out[t, j] = (x[t, j] - low[t, j]) / safe if width != 0.0 else neutral + 0.0 * x[t, j]
    return out


@compiled
def share_of(a: Floats, b: Floats, neutral: float) -> Floats:
    """``100 a / (a + b)``; ``neutral`` where the sum is 0."""
    T, W = a.shape
    out = np.empty_like(a)
    for t in range(T):
        for j in range(W):
            total = a[t, j] + b[t, j]
            safe = total if total != 0.0 else 1.0
            out[t, j] = 100.0 * a[t, j] / safe if total != 0.0 else neutral
    return out


@compiled
def signed_flow(price: Floats, volume: Floats) -> tuple[Floats, Floats]:
    """``price * volume`` of bars whose price rose, and of those whose price fell; 0 elsewhere.

    ``price`` may be a mean of prices: a step that rounding can leave is none.
    """
    T, W = price.shape
    up, down = np.empty_like(price), np.empty_like(price)
    blank(up, 1)
    blank(down, 1)
    for t in range(1, T):
        for j in range(W):
            flow = price[t, j] * volume[t, j]
            step = price[t, j] - price[t - 1, j]
            least = ROUNDING * abs(price[t, j])
            up[t, j] = flow if step > least else 0.0
            down[t, j] = flow if step < -least else 0.0
    return up, down
