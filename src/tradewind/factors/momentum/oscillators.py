"""Oscillators between fixed bounds: RSI, stochastics, Williams %R, CCI, ultimate oscillator."""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Decaying, Window, window_memory
from tradewind.factors.registry import Oracle, alias, each, factor
from tradewind.kernels.recursive import relative_strength
from tradewind.kernels.rounding import settled, settled_at
from tradewind.kernels.windows import position, ratio, rolling_mean, rolling_mean_deviation, rolling_sum
from tradewind.kernels.windows_extremes import rolling_max, rolling_min

HLC = ("high", "low", "close")
RSI_LENGTHS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 18, 21, 25, 28, 30, 40, 50, 100, 200)


@factor(
    name="rsi_{n}",
    group="momentum",
    inputs=["close"],
    memory=lambda n: Decaying(n, 1.0 - 1.0 / n),
    formula="100 G / (G + L), G and L Wilder means of gains and losses over {n} bars",
    source="Wilder (1978)",
    params=each(n=RSI_LENGTHS),
    oracle=lambda n: Oracle("RSI", ("close",), {"timeperiod": n}),
)
def rsi(close: Floats, n: int) -> Floats:
    """Relative strength index; 50 where the price never moved."""
    return relative_strength(close, n)


@factor(
    name="_range_{n}",
    group="shared",
    inputs=["high", "low"],
    memory=window_memory,
    formula="lowest low and highest high of {n} bars",
    source="Donchian channel",
    params=each(n=(5, 7, 9, 10, 14, 20, 21, 26, 52, 55, 100, 252)),
    parts=["low", "high"],
)
def price_range(high: Floats, low: Floats, n: int) -> tuple[Floats, Floats]:
    """Lowest low and highest high."""
    return rolling_min(low, n), rolling_max(high, n)


@factor(
    name="stoch_raw_{n}",
    group="momentum",
    inputs=["close", "_range_{n}.low", "_range_{n}.high"],
    memory=Window(1),
    formula="100 (C - LL) / (HH - LL) over {n} bars",
    source="Lane (1984), %K before smoothing",
    params=each(n=(5, 14, 21)),
    oracle=lambda n: Oracle("STOCHF", HLC, {"fastk_period": n, "fastd_period": 1}, skip=0),
)
def stoch_raw(close: Floats, low: Floats, high: Floats, n: int) -> Floats:
    """Raw %K; 50 where the range has no width."""
    return 100.0 * position(close, low, high, 0.5)


@factor(
    name="stoch_d_{n}",
    group="momentum",
    inputs=["stoch_k_{n}"],
    memory=Window(3),
    formula="mean of stoch_k_{n} over 3 bars",
    source="Lane (1984), slow %D",
    params=each(n=(5, 14, 21)),
    oracle=lambda n: Oracle("STOCH", HLC, {"fastk_period": n, "slowk_period": 3, "slowd_period": 3}, 1),
)
@factor(
    name="stoch_k_{n}",
    group="momentum",
    inputs=["stoch_raw_{n}"],
    memory=Window(3),
    formula="mean of stoch_raw_{n} over 3 bars",
    source="Lane (1984), slow %K",
    params=each(n=(5, 14, 21)),
    oracle=lambda n: Oracle("STOCH", HLC, {"fastk_period": n, "slowk_period": 3, "slowd_period": 1}, 0),
)
def mean_of_three(column: Floats, n: int) -> Floats:
    """Mean of three bars."""
    return rolling_mean(column, 3)


@factor(
    name="stoch_rsi_{n}",
    group="momentum",
    inputs=["rsi_{n}"],
    memory=window_memory,
    formula="100 (RSI - lowest RSI) / (highest - lowest) over {n} bars",
    source="Chande and Kroll (1994)",
    params=each(n=(14, 21)),
    oracle=lambda n: Oracle("STOCHRSI", ("close",), {"timeperiod": n, "fastk_period": n, "fastd_period": 1}),
)
def stoch_rsi(strength: Floats, n: int) -> Floats:
    """Where the RSI lies in its own range; 50 where it has none."""
    low, high = rolling_min(strength, n), rolling_max(strength, n)
    return 100.0 * ratio(strength - low, settled_at(high - low, 100.0), 0.5)


@factor(
    name="williams_r_{n}",
    group="momentum",
    inputs=["close", "_range_{n}.low", "_range_{n}.high"],
    memory=Window(1),
    formula="-100 (HH - C) / (HH - LL) over {n} bars",
    source="Williams (1973)",
    params=each(n=(7, 14, 21)),
    oracle=lambda n: Oracle("WILLR", HLC, {"timeperiod": n}),
)
def williams_r(close: Floats, low: Floats, high: Floats, n: int) -> Floats:
    """Williams' %R, -100 to 0; -50 where the range has no width."""
    return 100.0 * (position(close, low, high, 0.5) - 1.0)


@factor(
    name="cci_{n}",
    group="momentum",
    inputs=["_typical"],
    memory=window_memory,
    formula="(P - mean P) / (0.015 mean |P - mean P|) over {n} bars, P typical price",
    source="Lambert (1980)",
    params=each(n=(14, 20)),
    oracle=lambda n: Oracle("CCI", HLC, {"timeperiod": n}),
)
def cci(price: Floats, n: int) -> Floats:
    """Commodity channel index; 0 where the price did not move."""
    mean, deviation = rolling_mean_deviation(price, n)
    return ratio(price - mean, 0.015 * settled(deviation, mean), 0.0)


@factor(
    name="ultimate_oscillator",
    group="momentum",
    inputs=[*HLC, "_true_range"],
    memory=Window(28),
    formula="100 (4 A7 + 2 A14 + A28) / 7, An = sum of buying pressure over sum of true range",
    source="Williams (1985)",
    oracle=Oracle("ULTOSC", HLC),
)
def ultimate_oscillator(high: Floats, low: Floats, close: Floats, reach: Floats) -> Floats:
    """Ultimate oscillator, 0 to 100; 50 where nothing moved."""
    pressure = np.full_like(close, np.nan)
    pressure[1:] = close[1:] - np.minimum(low[1:], close[:-1])
    total = np.zeros_like(close)
    for n, weight in ((7, 4.0), (14, 2.0), (28, 1.0)):
        total += weight * ratio(rolling_sum(pressure, n), rolling_sum(reach, n), 0.5)
    return total * (100.0 / 7.0)


for _name, _target in {
    "rsi": "rsi_14",
    "rsi_fast": "rsi_7",
    "stoch_k": "stoch_k_14",
    "stoch_d": "stoch_d_14",
    "williams_r": "williams_r_14",
    "cci": "cci_20",
}.items():
    alias(_name, _target, "core")
