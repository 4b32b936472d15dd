"""Sliding extremes in a fixed number of comparisons a step (van Herk, 1992; Gil and Werman, 1993)."""

import numpy as np

from tradewind.kernels.rounding import ROUNDING
from tradewind.kernels.windows_compile import Floats, blank, compiled, leading


@compiled
def rolling_max(x: Floats, n: int) -> Floats:
    """Largest of the last ``n`` rows; NaN before ``n`` valid rows."""
    T, W = x.shape
    out = np.empty_like(x)
    p = leading(x) + n - 1
    blank(out, p)
    tail = np.full((n, W), -np.inf)
    head = np.empty(W)
    while p < T:
        for j in range(W):
            head[j] = -np.inf
        for k in range(n - 2, -1, -1):
            for j in range(W):
                value, later = x[p - n + 1 + k, j], tail[k + 1, j]
                tail[k, j] = value if value > later else later
        for i in range(min(n, T - p)):
            for j in range(W):
                value, before = x[p + i, j], head[j]
                value = value if value > before else before
                head[j] = value
                later = tail[i, j]
                out[p + i, j] = value if value > later else later
        p += n
    return out


@compiled
def rolling_min(x: Floats, n: int) -> Floats:
    """Smallest of the last ``n`` rows; NaN before ``n`` valid rows."""
    T, W = x.shape
    out = np.empty_like(x)
    p = leading(x) + n - 1
    blank(out, p)
    tail = np.full((n, W), np.inf)
    head = np.empty(W)
    while p < T:
        for j in range(W):
            head[j] = np.inf
        for k in range(n - 2, -1, -1):
            for j in range(W):
                value, later = x[p - n + 1 + k, j], tail[k + 1, j]
                tail[k, j] = value if value < later else later
        for i in range(min(n, T - p)):
            for j in range(W):
                value, before = x[p + i, j], head[j]
                value = value if value < before else before
                head[j] = value
                later = tail[i, j]
                out[p + i, j] = value if value < later else later
        p += n
    return out


@compiled
def bars_since_max(x: Floats, n: int) -> Floats:
    """How many rows ago the largest of the last ``n`` rows was, the newest of equals."""
    T, W = x.shape
    out = np.empty_like(x)
    p = leading(x) + n - 1
    blank(out, p)
    tail, tail_row = np.full((n, W), -np.inf), np.zeros((n, W))
    head, head_row = np.empty(W), np.empty(W)
    while p < T:
        for j in range(W):
            head[j] = -np.inf
        for k in range(n - 2, -1, -1):
            row = p - n + 1 + k
            place = float(row)
            for j in range(W):
                older = x[row, j] > tail[k + 1, j]
                tail[k, j] = x[row, j] if older else tail[k + 1, j]
                tail_row[k, j] = place if older else tail_row[k + 1, j]
        for i in range(min(n, T - p)):
            t = p + i
            place = float(t)
            for j in range(W):
                newer = x[t, j] >= head[j]
                head[j] = x[t, j] if newer else head[j]
                head_row[j] = place if newer else head_row[j]
            for j in range(W):
                out[t, j] = place - (head_row[j] if head[j] >= tail[i, j] else tail_row[i, j])
        p += n
    return out


@compiled
def percent_rank(x: Floats, n: int) -> Floats:
    """Share of the ``n - 1`` rows before that lie below the newest, equals counting half: 0 to 1.

    Values that differ by what rounding can leave are equal.
    """
    T, W = x.shape
    out = np.empty_like(x)
    first = leading(x) + n - 1
    blank(out, first)
    count, under, over = np.empty(W), np.empty(W), np.empty(W)
    for t in range(first, T):
        for j in range(W):
            count[j] = 0.0
            noise = ROUNDING * abs(x[t, j])
            under[j], over[j] = x[t, j] - noise, x[t, j] + noise
        for s in range(t - n + 1, t):
            for j in range(W):
                old = x[s, j]
                count[j] += (0.5 if old < under[j] else 0.0) + (0.5 if old <= over[j] else 0.0)
        for j in range(W):
            out[t, j] = count[j] / (n - 1)
    return out
