"""Cycles and scales: dominant Fourier cycle, causal Haar wavelet detail and energy."""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window, window_memory
from tradewind.factors.registry import each, factor
from tradewind.kernels.rounding import settled_at
from tradewind.kernels.windows import lagged, ratio, rolling_sum
from tradewind.kernels.windows_spectral import dominant_cycle

LEVELS = (1, 2, 3, 4)


@factor(
    name="_cycle_{n}",
    group="shared",
    inputs=["_log_return"],
    memory=window_memory,
    formula="strongest frequency of {n} log returns less their mean, Hann window",
    source="discrete Fourier transform",
    params=each(n=(64,)),
    parts=["period", "power"],
)
def cycle(step: Floats, n: int) -> tuple[Floats, Floats]:
    """Period and share of power of the strongest frequency."""
    period, power = dominant_cycle(step, n, 1.0)
    return period, power


@factor(
    name="cycle_period_{n}",
    group="spectral",
    inputs=["_cycle_{n}.period"],
    memory=Window(1),
    formula="{n} / k of the strongest frequency k = 1..{n}/2 of {n} log returns",
    source="discrete Fourier transform, Hann window",
    params=each(n=(64,)),
)
@factor(
    name="cycle_power_{n}",
    group="spectral",
    inputs=["_cycle_{n}.power"],
    memory=Window(1),
    formula="share of the power at the strongest frequency of {n} log returns",
    source="discrete Fourier transform, Hann window",
    params=each(n=(64,)),
)
def cycle_part(column: Floats, n: int) -> Floats:
    """One figure of the dominant cycle."""
    return column


@factor(
    name="_wavelet",
    group="shared",
    inputs=["_log_return"],
    memory=Window(16),
    formula="d_j[t] = (s_j[t] - s_j[t - 2^j]) / 2, s_j+1[t] the half sum, s_0 the log return",
    source="Haar a trous transform with past values only (Renaud, Starck and Murtagh, 2005)",
    parts=["d1", "d2", "d3", "d4"],
)
def wavelet(step: Floats) -> tuple[Floats, ...]:
    """Causal wavelet details at four scales."""
    details = []
    smooth = step
    for level in range(len(LEVELS)):
        before = lagged(smooth, 2**level)
        details.append(0.5 * (smooth - before))
        smooth = 0.5 * (smooth + before)
    return tuple(details)


@factor(
    name="wavelet_detail_{level}",
    group="spectral",
    inputs=["_wavelet.d{level}"],
    memory=Window(1),
    formula="causal Haar detail at level {level} of log returns",
    source="Haar a trous transform",
    params=each(level=LEVELS),
    bounds={"level": (1, len(LEVELS))},
    first=lambda level: 2**level - 16,
)
def wavelet_detail(column: Floats, level: int) -> Floats:
    """Causal wavelet detail."""
    return column


@factor(
    name="wavelet_energy_{level}_{n}",
    group="spectral",
    inputs=["_wavelet.d1", "_wavelet.d2", "_wavelet.d3", "_wavelet.d4"],
    memory=lambda level, n: Window(n),
    formula="share of level {level} in the sum of squared details of 4 levels over {n} bars",
    source="Haar a trous transform",
    params=each(level=LEVELS, n=(64,)),
    bounds={"level": (1, len(LEVELS))},
)
def wavelet_energy(d1: Floats, d2: Floats, d3: Floats, d4: Floats, level: int, n: int) -> Floats:
    """Share of the energy at a level, 0 to 1; 0.25 where the price did not move."""
    details = (d1, d2, d3, d4)
    total = rolling_sum(d1 * d1 + d2 * d2 + d3 * d3 + d4 * d4, n)
    own = details[level - 1]
    return ratio(rolling_sum(own * own + 0.0 * d4, n), np.square(settled_at(np.sqrt(total), 1.0)), 0.25)
