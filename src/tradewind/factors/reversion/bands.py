"""How far a price has strayed: bands, z-scores, channels, VWAP, speed of return."""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window, window_memory
from tradewind.factors.registry import Oracle, alias, each, factor
from tradewind.kernels.rounding import settled
from tradewind.kernels.windows import (
    change,
    distance,
    lagged,
    position,
    ratio,
    rolling_mean_std,
    rolling_sum,
)
from tradewind.kernels.windows_moments import rolling_sums


@factor(
    name="_mean_std_{n}",
    group="shared",
    inputs=["close"],
    memory=window_memory,
    formula="mean and population deviation of {n} closes",
    source="moments",
    params=each(n=(10, 20, 50, 100)),
    parts=["mean", "std"],
)
def mean_std(close: Floats, n: int) -> tuple[Floats, Floats]:
    """Mean and population deviation."""
    mean, std = rolling_mean_std(close, n)
    return mean, std


def _bands(n: int, output: int) -> Oracle:
    return Oracle("BBANDS", ("close",), {"timeperiod": n, "nbdevup": 2.0, "nbdevdn": 2.0}, output)


@factor(
    name="bb_mid_{n}",
    group="mean reversion",
    inputs=["_mean_std_{n}.mean", "_mean_std_{n}.std"],
    memory=Window(1),
    formula="mean of {n} closes",
    source="Bollinger (1992)",
    params=[{"n": 20, "width": 0.0}],
    oracle=lambda n, width: _bands(n, 1),
)
@factor(
    name="bb_hi_{n}",
    group="mean reversion",
    inputs=["_mean_std_{n}.mean", "_mean_std_{n}.std"],
    memory=Window(1),
    formula="mean + 2 deviations of {n} closes",
    source="Bollinger (1992), population deviation",
    params=[{"n": 20, "width": 2.0}],
    oracle=lambda n, width: _bands(n, 0),
)
@factor(
    name="bb_lo_{n}",
    group="mean reversion",
    inputs=["_mean_std_{n}.mean", "_mean_std_{n}.std"],
    memory=Window(1),
    formula="mean - 2 deviations of {n} closes",
    source="Bollinger (1992), population deviation",
    params=[{"n": 20, "width": -2.0}],
    oracle=lambda n, width: _bands(n, 2),
)
def band(mean: Floats, std: Floats, n: int, width: float) -> Floats:
    """A Bollinger band."""
    return mean + width * std


@factor(
    name="price_to_{band}_20",
    group="mean reversion",
    inputs=["close", "{band}_20"],
    memory=Window(1),
    formula="C / {band}_20 - 1",
    source="distance from a Bollinger band",
    params=each(band=("bb_hi", "bb_lo")),
)
def price_to_band(close: Floats, level: Floats, band: str) -> Floats:
    """Distance of the close from a band."""
    return distance(close, level)


@factor(
    name="bb_position_{n}",
    group="mean reversion",
    inputs=["close", "_mean_std_{n}.mean", "_mean_std_{n}.std"],
    memory=Window(1),
    formula="(C - lower band) / (upper - lower), {n} bars, 2 deviations",
    source="Bollinger (1992), %b",
    params=each(n=(20, 50)),
)
def bb_position(close: Floats, mean: Floats, std: Floats, n: int) -> Floats:
    """Position in the bands, 0 at the lower; 0.5 where they have no width."""
    return position(close, mean - 2.0 * std, mean + 2.0 * std, 0.5)


@factor(
    name="bb_width_{n}",
    group="mean reversion",
    inputs=["_mean_std_{n}.mean", "_mean_std_{n}.std"],
    memory=Window(1),
    formula="4 deviations / mean of {n} closes",
    source="Bollinger (1992), bandwidth",
    params=each(n=(20, 50)),
)
def bb_width(mean: Floats, std: Floats, n: int) -> Floats:
    """Width of the bands as a share of the mean."""
    return ratio(4.0 * std, mean, 0.0)


@factor(
    name="zscore_{n}",
    group="mean reversion",
    inputs=["close", "_mean_std_{n}.mean", "_mean_std_{n}.std"],
    memory=Window(1),
    formula="(C - mean) / deviation of {n} closes",
    source="standard score",
    params=each(n=(10, 20, 50, 100)),
)
def zscore(close: Floats, mean: Floats, std: Floats, n: int) -> Floats:
    """Standard score of the close; 0 where it did not move."""
    return ratio(close - mean, std, 0.0)


@factor(
    name="donchian_position_{n}",
    group="mean reversion",
    inputs=["close", "_range_{n}.low", "_range_{n}.high"],
    memory=Window(1),
    formula="(C - LL) / (HH - LL) over {n} bars",
    source="Donchian channel",
    params=each(n=(10, 20, 55, 100, 252)),
)
def donchian_position(close: Floats, low: Floats, high: Floats, n: int) -> Floats:
    """Position in the range; 0.5 where it has no width."""
    return position(close, low, high, 0.5)


@factor(
    name="keltner_position_{n}",
    group="mean reversion",
    inputs=["close", "ema_{n}", "atr_10"],
    memory=Window(1),
    formula="(C - EMA {n} + 2 ATR 10) / (4 ATR 10)",
    source="Keltner (1960) as changed by Raschke",
    params=each(n=(20,)),
)
def keltner_position(close: Floats, mean: Floats, reach: Floats, n: int) -> Floats:
    """Position in the Keltner channel; 0.5 where it has no width."""
    reach = settled(reach, close)
    return position(close, mean - 2.0 * reach, mean + 2.0 * reach, 0.5)


@factor(
    name="vwap_{n}",
    group="mean reversion",
    inputs=["_typical", "volume"],
    memory=window_memory,
    formula="sum of P V / sum of V over {n} bars, P typical price",
    source="rolling volume-weighted average price",
    params=each(n=(10, 20, 50)),
)
def vwap(price: Floats, volume: Floats, n: int) -> Floats:
    """Rolling VWAP; the typical price where nothing traded."""
    weight = rolling_sum(volume, n)
    flow = rolling_sum(price * volume, n)
    return np.where(weight > 0.0, ratio(flow, weight, 0.0), price + 0.0 * weight)


@factor(
    name="price_to_vwap_{n}",
    group="mean reversion",
    inputs=["close", "vwap_{n}"],
    memory=Window(1),
    formula="C / vwap_{n} - 1",
    source="distance from VWAP",
    params=each(n=(10, 20, 50)),
)
def price_to_vwap(close: Floats, level: Floats, n: int) -> Floats:
    """Distance of the close from VWAP."""
    return distance(close, level)


@factor(
    name="vwap_z_{n}",
    group="mean reversion",
    inputs=["close", "vwap_{n}", "_mean_std_{n}.std"],
    memory=Window(1),
    formula="(C - vwap_{n}) / deviation of {n} closes",
    source="distance from VWAP in deviations",
    params=each(n=(20, 50)),
)
def vwap_z(close: Floats, level: Floats, std: Floats, n: int) -> Floats:
    """Distance from VWAP in deviations; 0 where the close did not move."""
    return ratio(close - level, std, 0.0)


@factor(
    name="half_life_{n}",
    group="mean reversion",
    inputs=["close"],
    memory=lambda n: Window(n + 1),
    formula="-ln 2 / ln(1 + b), b from regressing C[t] - C[t-1] on C[t-1] over {n} bars",
    source="Ornstein-Uhlenbeck process; Chan (2013)",
    params=each(n=(60, 120)),
)
def half_life(close: Floats, n: int) -> Floats:
    """Bars in which half a deviation is gone, 0 to ``n``; ``n`` where the price does not return."""
    before = lagged(close, 1)
    spread, _, cov = rolling_sums(before, change(close, 1), n)
    # Variances go by the square of a deviation: the bound does too.
    b = ratio(cov, np.square(settled(np.sqrt(spread), close)), 0.0)
    returning = (b < 0.0) & (b > -1.0)
    safe = np.where(returning, 1.0 + b, 0.5)
    life = np.where(returning, -np.log(2.0) / np.log(safe), np.where(b <= -1.0, 0.0, float(n)))
    return np.where(np.isnan(b), np.nan, np.minimum(life, float(n)))


for _name in ("bb_hi", "bb_lo", "bb_mid", "bb_position", "vwap_z"):
    alias(_name, f"{_name}_20", "core")
