"""Sliding skewness, kurtosis, covariance and least squares, O(1) a step (see ``windows`` for how)."""

import numpy as np

from tradewind.kernels.rounding import ROUNDING
from tradewind.kernels.windows_compile import Floats, blank, compiled, leading


@compiled
def pair_terms(x: Floats, y: Floats, row: int, pivots: Floats, terms: Floats) -> None:
    """Distances of a row from the pivots, their squares and their product, into ``terms`` (5, W)."""
    for j in range(x.shape[1]):
        terms[0, j] = x[row, j] - pivots[0, j]
    for j in range(x.shape[1]):
        terms[1, j] = y[row, j] - pivots[1, j]
    for j in range(x.shape[1]):
        a, b = terms[0, j], terms[1, j]
        terms[2, j] = a * a
        terms[3, j] = b * b
        terms[4, j] = a * b


@compiled
def rolling_sums(x: Floats, y: Floats, n: int) -> tuple[Floats, Floats, Floats]:
    """Population variances of x and y and their covariance over the last ``n`` rows."""
    T, W = x.shape
    vx, vy, cov = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    p = max(leading(x), leading(y)) + n - 1
    blank(vx, p)
    blank(vy, p)
    blank(cov, p)
    tail, head = np.zeros((n, 5, W)), np.zeros((5, W))
    terms, pivots = np.empty((5, W)), np.empty((2, W))
    while p < T:
        for j in range(W):
            pivots[0, j], pivots[1, j] = x[p, j], y[p, j]
        head[:] = 0.0
        for k in range(n - 2, -1, -1):
            pair_terms(x, y, p - n + 1 + k, pivots, terms)
            for m in range(5):
                for j in range(W):
                    tail[k, m, j] = tail[k + 1, m, j] + terms[m, j]
        for i in range(min(n, T - p)):
            t = p + i
            pair_terms(x, y, t, pivots, terms)
            for m in range(5):
                for j in range(W):
                    head[m, j] += terms[m, j]
                    terms[m, j] = (head[m, j] + tail[i, m, j]) / n
            for j in range(W):
                a = terms[2, j] - terms[0, j] * terms[0, j]
                b = terms[3, j] - terms[1, j] * terms[1, j]
                vx[t, j] = a if a > 0.0 else 0.0
                vy[t, j] = b if b > 0.0 else 0.0
            for j in range(W):
                cov[t, j] = terms[4, j] - terms[0, j] * terms[1, j]
        p += n
    return vx, vy, cov


@compiled
def rolling_shape(x: Floats, n: int, scale: float = 0.0) -> tuple[Floats, Floats]:
    """Skewness and excess kurtosis (moment ratios, divisor ``n``) of the last ``n`` rows.

    Both are 0 where the window is flat: where its deviation is what rounding can leave of its distance from
    the pivot, or of the figures behind it, whose size is ``scale`` (1 for returns).
    """
    T, W = x.shape
    skew, kurt = np.empty_like(x), np.empty_like(x)
    first = leading(x) + n - 1
    blank(skew, first)
    blank(kurt, first)
    mean = np.empty(W)
    m2, m3, m4 = np.empty(W), np.empty(W), np.empty(W)
    for t in range(first, T):
        for j in range(W):
            mean[j] = 0.0
            m2[j] = 0.0
            m3[j] = 0.0
            m4[j] = 0.0
        for s in range(t - n + 1, t + 1):
            for j in range(W):
                mean[j] += x[s, j] - x[t, j]
        for s in range(t - n + 1, t + 1):
            for j in range(W):
                d = x[s, j] - x[t, j] - mean[j] / n
                m2[j] += d * d
                m3[j] += d * d * d
                m4[j] += d * d * d * d
        for j in range(W):
            offset = mean[j] / n
            v = m2[j] / n
            least = ROUNDING * (abs(offset) + scale)
            flat = v <= least * least
            safe = 1.0 if flat else v
            skew[t, j] = 0.0 if flat else m3[j] / n / (safe * np.sqrt(safe))
            kurt[t, j] = 0.0 if flat else m4[j] / n / (safe * safe) - 3.0
    return skew, kurt


@compiled
def rolling_line(x: Floats, n: int) -> tuple[Floats, Floats, Floats]:
    """Least-squares line through the last ``n`` rows: slope a row, value at the newest row, R squared.

    R squared is 0 where the window is flat.
    """
    T, W = x.shape
    slope, end, r2 = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    p = leading(x) + n - 1
    for out in (slope, end, r2):
        blank(out, p)
    tail = np.zeros((3, n, W))
    head = np.empty((3, W))
    pivot = np.empty(W)
    sxx = n * (n * n - 1.0) / 12.0
    while p < T:
        for j in range(W):
            pivot[j] = x[p, j]
        head[:] = 0.0
        for k in range(n - 2, -1, -1):
            place = float(k - n + 1)
            for j in range(W):
                d = x[p - n + 1 + k, j] - pivot[j]
                tail[0, k, j] = tail[0, k + 1, j] + d
                tail[1, k, j] = tail[1, k + 1, j] + place * d
                tail[2, k, j] = tail[2, k + 1, j] + d * d
        for i in range(min(n, T - p)):
            t = p + i
            middle = i - (n - 1) / 2.0
            for j in range(W):
                d = x[t, j] - pivot[j]
                head[0, j] += d
                head[1, j] += i * d
                head[2, j] += d * d
            for j in range(W):
                total = head[0, j] + tail[0, i, j]
                sxy = head[1, j] + tail[1, i, j] - middle * total
                syy = head[2, j] + tail[2, i, j] - total * total / n
                b = sxy / sxx
                slope[t, j] = b
                end[t, j] = pivot[j] + total / n + b * (n - 1) / 2.0
                fit = b * sxy / (syy if syy > 0.0 else 1.0)
                r2[t, j] = (fit if fit < 1.0 else 1.0) if syy > 0.0 else 0.0
        p += n
    return slope, end, r2


@compiled
def weighted_mean(x: Floats, n: int) -> Floats:
    """Mean of the last ``n`` rows with weights 1 (oldest) to ``n`` (newest)."""
    T, W = x.shape
    out = np.empty_like(x)
    p = leading(x) + n - 1
    blank(out, p)
    tail, tail_w = np.zeros((n, W)), np.zeros((n, W))
    head, head_w, pivot = np.empty(W), np.empty(W), np.empty(W)
    total = n * (n + 1) / 2.0
    while p < T:
        for j in range(W):
            pivot[j] = x[p, j]
            head[j] = 0.0
            head_w[j] = 0.0
        for k in range(n - 2, -1, -1):
            row = p - n + 1 + k
            place = float(k - n + 1)
            for j in range(W):
                tail[k, j] = tail[k + 1, j] + (x[row, j] - pivot[j])
            for j in range(W):
                tail_w[k, j] = tail_w[k + 1, j] + place * (x[row, j] - pivot[j])
        for i in range(min(n, T - p)):
            t = p + i
            oldest = float(i - n)
            for j in range(W):
                d = x[t, j] - pivot[j]
                head[j] += d
                head_w[j] += i * d
            for j in range(W):
                out[t, j] = (head_w[j] + tail_w[i, j]) / total
            for j in range(W):
                out[t, j] += pivot[j] - oldest * (head[j] + tail[i, j]) / total
        p += n
    return out
