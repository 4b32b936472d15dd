"""Spectrum of a sliding window."""

import numpy as np

from tradewind.kernels.rounding import ROUNDING
from tradewind.kernels.windows_compile import Floats, blank, compiled, leading


@compiled
def fourier_table(n: int) -> tuple[Floats, Floats]:
    """Cosines and sines of the frequencies 1 to ``n // 2`` under a Hann window, (n // 2, n) each."""
    half = n // 2
    cosine, sine = np.empty((half, n)), np.empty((half, n))
    for k in range(half):
        for s in range(n):
            hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * (s + 0.5) / n)
            angle = 2.0 * np.pi * (k + 1) * s / n
            cosine[k, s] = hann * np.cos(angle)
            sine[k, s] = hann * np.sin(angle)
    return cosine, sine


@compiled
def centred_window(x: Floats, t: int, n: int, out: Floats) -> None:
    """The ``n`` rows up to ``t`` less their mean, into ``out`` (n, W)."""
    W = x.shape[1]
    mean = np.zeros(W)
    for s in range(n):
        for j in range(W):
            mean[j] += (x[t - n + 1 + s, j] - x[t, j]) / n
    for s in range(n):
        for j in range(W):
            out[s, j] = x[t - n + 1 + s, j] - x[t, j] - mean[j]


@compiled
def dominant_cycle(x: Floats, n: int, scale: float = 0.0) -> tuple[Floats, Floats]:
    """Strongest frequency of the last ``n`` rows less their mean, under a Hann window.

    Gives its period in rows, ``n / k`` for k = 1 to ``n // 2``, and its share of the power at those
    frequencies. A flat window has period ``n`` and power 0, as has one that varies by no more than
    rounding leaves of figures of size ``scale`` (1 for returns). Of equal powers the slower cycle counts.
    """
    T, W = x.shape
    period, power = np.empty_like(x), np.empty_like(x)
    first = leading(x) + n - 1
    blank(period, first)
    blank(power, first)
    cosine, sine = fourier_table(n)
    least = (ROUNDING * scale * n) ** 2
    real, imaginary, window = np.empty(W), np.empty(W), np.empty((n, W))
    for t in range(first, T):
        centred_window(x, t, n, window)
        total, best, place = np.zeros(W), np.zeros(W), np.ones(W)
        for k in range(n // 2):
            real[:] = 0.0
            imaginary[:] = 0.0
            for s in range(n):
                c, d = cosine[k, s], sine[k, s]
                for j in range(W):
                    real[j] += c * window[s, j]
                    imaginary[j] += d * window[s, j]
            for j in range(W):
                strength = real[j] * real[j] + imaginary[j] * imaginary[j]
                total[j] += strength
                place[j] = k + 1.0 if strength > best[j] else place[j]
                best[j] = strength if strength > best[j] else best[j]
        for j in range(W):
            flat = total[j] <= least
            period[t, j] = float(n) if flat else n / place[j]
            power[t, j] = 0.0 if flat else best[j] / total[j]
    return period, power
