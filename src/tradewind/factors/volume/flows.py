"""Volume: what traded, on which side, and how easily."""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Anchored, Window, ema_memory, window_memory
from tradewind.factors.registry import Oracle, alias, each, factor
from tradewind.kernels.recursive import smoothed
from tradewind.kernels.recursive_anchored import accumulation, balance_volume
from tradewind.kernels.windows import (
    change,
    position,
    ratio,
    relative_change,
    rolling_mean,
    rolling_mean_std,
    rolling_sum,
    share_of,
    signed_flow,
)

HLCV = ("high", "low", "close", "volume")


@factor(
    name="obv",
    group="volume",
    inputs=["close", "volume"],
    memory=Anchored(slots=3, unit="volume", prices=(1,), volumes=(2,)),
    formula="running sum of V signed by the change of C, from the first bar's V",
    source="Granville (1963)",
    oracle=Oracle("OBV", ("close", "volume")),
)
def obv(close: Floats, volume: Floats, state: Floats) -> Floats:
    """On-balance volume."""
    return balance_volume(close, volume, state)


@factor(
    name="accumulation_distribution",
    group="volume",
    inputs=HLCV,
    memory=Anchored(slots=2, unit="volume", volumes=(1,)),
    formula="running sum of V ((C - L) - (H - C)) / (H - L)",
    source="Chaikin",
    oracle=Oracle("AD", HLCV),
)
def accumulation_distribution(
    high: Floats, low: Floats, close: Floats, volume: Floats, state: Floats
) -> Floats:
    """Accumulation/distribution line."""
    return accumulation(high, low, close, volume, state)


@factor(
    name="obv_flow_{n}",
    group="volume",
    inputs=["close", "volume"],
    memory=lambda n: Window(n + 1),
    formula="change of OBV over {n} bars / sum of V",
    source="on-balance volume without its anchor, -1 to 1",
    params=each(n=(10, 20, 60)),
)
def obv_flow(close: Floats, volume: Floats, n: int) -> Floats:
    """Signed share of the volume; 0 where nothing traded."""
    signed = np.sign(change(close, 1)) * volume
    return ratio(rolling_sum(signed, n), rolling_sum(volume, n), 0.0)


@factor(
    name="vol_ratio_{n}",
    group="volume",
    inputs=["volume"],
    memory=window_memory,
    formula="V / mean of V over {n} bars",
    source="relative volume",
    params=each(n=(5, 10, 20, 50)),
)
def vol_ratio(volume: Floats, n: int) -> Floats:
    """Volume against its mean; 1 where nothing traded."""
    return ratio(volume, rolling_mean(volume, n), 1.0)


alias("vol_ratio", "vol_ratio_20", "core")


@factor(
    name="volume_z_{n}",
    group="volume",
    inputs=["volume"],
    memory=window_memory,
    formula="(V - mean) / deviation of V over {n} bars",
    source="standard score",
    params=each(n=(20, 60)),
)
def volume_z(volume: Floats, n: int) -> Floats:
    """Standard score of volume; 0 where it is constant."""
    mean, std = rolling_mean_std(volume, n)
    return ratio(volume - mean, std, 0.0)


@factor(
    name="volume_roc_{n}",
    group="volume",
    inputs=["volume"],
    memory=lambda n: Window(n + 1),
    formula="V[t] / V[t-{n}] - 1",
    source="volume rate of change",
    params=each(n=(5, 10, 20)),
)
def volume_roc(volume: Floats, n: int) -> Floats:
    """Change of volume; 0 where there was none before."""
    return relative_change(volume, n)


@factor(
    name="_money_flow",
    group="shared",
    inputs=HLCV,
    memory=Window(1),
    formula="V ((C - L) - (H - C)) / (H - L)",
    source="Chaikin",
)
def money_flow_volume(high: Floats, low: Floats, close: Floats, volume: Floats) -> Floats:
    """Volume signed by where the close lies in the bar; 0 in a bar without range."""
    flow: Floats = volume * (2.0 * position(close, low, high, 0.5) - 1.0)
    return flow


@factor(
    name="chaikin_flow_{n}",
    group="volume",
    inputs=["_money_flow", "volume"],
    memory=window_memory,
    formula="sum of money-flow volume / sum of V over {n} bars",
    source="Chaikin",
    params=each(n=(10, 20)),
)
def chaikin_flow(flow: Floats, volume: Floats, n: int) -> Floats:
    """Chaikin money flow, -1 to 1; 0 where nothing traded."""
    return ratio(rolling_sum(flow, n), rolling_sum(volume, n), 0.0)


@factor(
    name="_split_flow",
    group="shared",
    inputs=["_typical", "volume"],
    memory=Window(2),
    formula="P V where P rose, and where it fell",
    source="Quong and Soudack (1989)",
    parts=["up", "down"],
)
def split_flow(price: Floats, volume: Floats) -> tuple[Floats, Floats]:
    """Money that flowed up and down."""
    up, down = signed_flow(price, volume)
    return up, down


@factor(
    name="mfi_{n}",
    group="volume",
    inputs=["_split_flow.up", "_split_flow.down"],
    memory=window_memory,
    formula="100 U / (U + D), sums over {n} bars of P V where P rose or fell, P typical price",
    source="Quong and Soudack (1989)",
    params=each(n=(7, 14, 21)),
    oracle=lambda n: Oracle("MFI", HLCV, {"timeperiod": n}),
)
def mfi(up: Floats, down: Floats, n: int) -> Floats:
    """Money flow index; 50 where no money flowed."""
    return share_of(rolling_sum(up, n), rolling_sum(down, n), 50.0)


@factor(
    name="force_{n}",
    group="volume",
    inputs=["close", "volume"],
    memory=lambda n: ema_memory(n, warmup=n),
    formula="EMA over {n} bars of (C - C[t-1]) V",
    source="Elder (1993)",
    params=each(n=(2, 13)),
)
def force(close: Floats, volume: Floats, n: int) -> Floats:
    """Force index."""
    return smoothed(change(close, 1) * volume, n, 2.0 / (n + 1))


@factor(
    name="force_norm_{n}",
    group="volume",
    inputs=["force_{n}", "_dollar_20"],
    memory=Window(1),
    formula="force_{n} / mean of C V over 20 bars",
    source="force index as a share of the turnover",
    params=each(n=(2, 13)),
)
def force_share(value: Floats, turnover: Floats, n: int) -> Floats:
    """Force index against turnover; 0 where nothing traded."""
    return ratio(value, turnover, 0.0)


@factor(
    name="_dollar_{n}",
    group="shared",
    inputs=["close", "volume"],
    memory=window_memory,
    formula="mean of C V over {n} bars",
    source="turnover",
    params=each(n=(20,)),
)
def turnover(close: Floats, volume: Floats, n: int) -> Floats:
    """Mean turnover."""
    return rolling_mean(close * volume, n)


@factor(
    name="amihud_{n}",
    group="volume",
    inputs=["close", "volume"],
    memory=lambda n: Window(n + 1),
    formula="1e6 times the mean over {n} bars of |return| / (C V); bars without volume count as 0",
    source="Amihud (2002)",
    params=each(n=(20, 60)),
)
def amihud(close: Floats, volume: Floats, n: int) -> Floats:
    """Illiquidity: return that a million of turnover moves."""
    return 1e6 * rolling_mean(ratio(np.abs(relative_change(close, 1)), close * volume, 0.0), n)


@factor(
    name="chaikin_oscillator_norm",
    group="volume",
    inputs=["_money_flow", "volume"],
    memory=Window(10),
    formula="(mean of money-flow volume over 3 bars - over 10 bars) / mean of V over 10 bars",
    source="Chaikin oscillator over plain means, which needs no anchor",
)
def chaikin_oscillator_norm(flow: Floats, volume: Floats) -> Floats:
    """Short against long money flow; 0 where nothing traded."""
    return ratio(rolling_mean(flow, 3) - rolling_mean(flow, 10), rolling_mean(volume, 10), 0.0)
