"""Direction and strength of a trend: Wilder's directional system, Aroon, regression, channels, stops."""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Anchored, Decaying, Window, window_memory
from tradewind.factors.registry import Oracle, alias, each, factor
from tradewind.kernels.recursive import directional_index, directional_moves, wilder_sum
from tradewind.kernels.recursive_anchored import parabolic_stop, super_trend
from tradewind.kernels.windows import distance, lagged, ratio
from tradewind.kernels.windows_extremes import bars_since_max
from tradewind.kernels.windows_moments import rolling_line

HLC = ("high", "low", "close")


@factor(
    name="_directional_{n}",
    group="shared",
    inputs=["high", "low", "_true_range"],
    memory=lambda n: Decaying(n - 1, 1.0 - 1.0 / n),
    formula="+DI and -DI over {n} bars",
    source="Wilder (1978)",
    params=each(n=(7, 14, 21)),
    parts=["plus", "minus"],
)
def directional(high: Floats, low: Floats, reach: Floats, n: int) -> tuple[Floats, Floats]:
    """+DI and -DI; 0 where there was no range."""
    up, down = directional_moves(high, low)
    total = wilder_sum(reach, n)
    return 100.0 * ratio(wilder_sum(up, n), total, 0.0), 100.0 * ratio(wilder_sum(down, n), total, 0.0)


@factor(
    name="plus_di_{n}",
    group="trend",
    inputs=["_directional_{n}.plus"],
    memory=Window(1),
    formula="100 +DM / TR, Wilder sums over {n} bars",
    source="Wilder (1978)",
    params=each(n=(7, 14, 21)),
    oracle=lambda n: Oracle("PLUS_DI", HLC, {"timeperiod": n}),
)
@factor(
    name="minus_di_{n}",
    group="trend",
    inputs=["_directional_{n}.minus"],
    memory=Window(1),
    formula="100 -DM / TR, Wilder sums over {n} bars",
    source="Wilder (1978)",
    params=each(n=(7, 14, 21)),
    oracle=lambda n: Oracle("MINUS_DI", HLC, {"timeperiod": n}),
)
def directional_part(column: Floats, n: int) -> Floats:
    """One side of the directional system."""
    return column


@factor(
    name="adx_{n}",
    group="trend",
    inputs=["_directional_{n}.plus", "_directional_{n}.minus"],
    memory=lambda n: Decaying(n - 1, 1.0 - 1.0 / n),
    formula="Wilder mean over {n} bars of 100 |+DI - -DI| / (+DI + -DI)",
    source="Wilder (1978)",
    params=each(n=(7, 14, 21)),
    oracle=lambda n: Oracle("ADX", HLC, {"timeperiod": n}),
)
def adx(plus: Floats, minus: Floats, n: int) -> Floats:
    """Average directional index."""
    return directional_index(plus, minus, n)


alias("adx", "adx_14", "core")


@factor(
    name="_aroon_{n}",
    group="shared",
    inputs=["high", "low"],
    memory=lambda n: Window(n + 1),
    formula="100 (1 - bars since the extreme / {n}), down and up",
    source="Chande (1995)",
    params=each(n=(14, 25)),
    parts=["down", "up"],
)
def aroon_lines(high: Floats, low: Floats, n: int) -> tuple[Floats, Floats]:
    """Aroon down and up."""
    scale = 100.0 / n
    return 100.0 - scale * bars_since_max(-low, n + 1), 100.0 - scale * bars_since_max(high, n + 1)


@factor(
    name="aroon_up_{n}",
    group="trend",
    inputs=["_aroon_{n}.up"],
    memory=Window(1),
    formula="100 (1 - bars since the high of {n} bars / {n})",
    source="Chande (1995)",
    params=each(n=(14, 25)),
    oracle=lambda n: Oracle("AROON", ("high", "low"), {"timeperiod": n}, 1),
)
@factor(
    name="aroon_down_{n}",
    group="trend",
    inputs=["_aroon_{n}.down"],
    memory=Window(1),
    formula="100 (1 - bars since the low of {n} bars / {n})",
    source="Chande (1995)",
    params=each(n=(14, 25)),
    oracle=lambda n: Oracle("AROON", ("high", "low"), {"timeperiod": n}, 0),
)
def aroon_part(column: Floats, n: int) -> Floats:
    """One Aroon line."""
    return column


@factor(
    name="_line_{n}",
    group="shared",
    inputs=["close"],
    memory=window_memory,
    formula="least-squares line through {n} closes",
    source="ordinary least squares",
    params=each(n=(14, 20, 60)),
    parts=["slope", "end", "r2"],
)
def line(close: Floats, n: int) -> tuple[Floats, Floats, Floats]:
    """Slope, end and R squared of the regression line."""
    slope, end, r2 = rolling_line(close, n)
    return slope, end, r2


@factor(
    name="linreg_slope_{n}",
    group="trend",
    inputs=["_line_{n}.slope"],
    memory=Window(1),
    formula="slope of the least-squares line through {n} closes",
    source="ordinary least squares",
    params=each(n=(14, 20, 60)),
    oracle=lambda n: Oracle("LINEARREG_SLOPE", ("close",), {"timeperiod": n}),
)
@factor(
    name="linreg_{n}",
    group="trend",
    inputs=["_line_{n}.end"],
    memory=Window(1),
    formula="value at t of the least-squares line through {n} closes",
    source="ordinary least squares",
    params=each(n=(14, 20, 60)),
    oracle=lambda n: Oracle("LINEARREG", ("close",), {"timeperiod": n}),
)
@factor(
    name="linreg_r2_{n}",
    group="trend",
    inputs=["_line_{n}.r2"],
    memory=Window(1),
    formula="R squared of the least-squares line through {n} closes",
    source="ordinary least squares",
    params=each(n=(14, 20, 60)),
)
def line_part(column: Floats, n: int) -> Floats:
    """One figure of the regression line."""
    return column


@factor(
    name="linreg_slope_norm_{n}",
    group="trend",
    inputs=["_line_{n}.slope", "close"],
    memory=Window(1),
    formula="linreg_slope_{n} / C",
    source="slope as a share of the price a bar",
    params=each(n=(14, 20, 60)),
)
def slope_share(slope: Floats, close: Floats, n: int) -> Floats:
    """Slope as a share of the price."""
    return ratio(slope, close, 0.0)


@factor(
    name="ichimoku_{part}",
    group="trend",
    inputs=["close", "_range_{n}.low", "_range_{n}.high"],
    memory=Window(1),
    formula="C / middle of the {n}-bar range - 1",
    source="Hosoda (1969): conversion 9, base 26",
    params=[{"part": "conversion", "n": 9}, {"part": "base", "n": 26}],
)
def ichimoku_line(close: Floats, low: Floats, high: Floats, part: str, n: int) -> Floats:
    """Distance of the close from an Ichimoku line."""
    return distance(close, 0.5 * (low + high))


@factor(
    name="ichimoku_cloud",
    group="trend",
    inputs=[
        "close",
        "_range_9.low",
        "_range_9.high",
        "_range_26.low",
        "_range_26.high",
        "_range_52.low",
        "_range_52.high",
    ],
    memory=Window(27),
    formula="C / middle of spans A and B as they were drawn 26 bars ago - 1",
    source="Hosoda (1969): the spans over today's bar are 26 bars old, so nothing looks ahead",
)
def ichimoku_cloud(close: Floats, *bounds: Floats) -> Floats:
    """Distance of the close from the middle of the cloud above or below it."""
    low9, high9, low26, high26, low52, high52 = bounds
    span_a = 0.25 * (low9 + high9 + low26 + high26)
    span_b = 0.5 * (low52 + high52)
    return distance(close, lagged(0.5 * (span_a + span_b), 26))


@factor(
    name="sar",
    group="trend",
    inputs=["high", "low"],
    memory=Anchored(slots=7, warmup=1, unit="price", prices=(2, 3, 5, 6)),
    formula="stop that follows the extreme with steps 0.02 to 0.2",
    source="Wilder (1978), seeded as in TA-Lib",
    oracle=Oracle("SAR", ("high", "low"), {"acceleration": 0.02, "maximum": 0.2}),
)
def sar(high: Floats, low: Floats, state: Floats) -> Floats:
    """Parabolic stop and reverse."""
    return parabolic_stop(high, low, 0.02, 0.2, state)


@factor(
    name="super_trend",
    group="trend",
    inputs=[*HLC],
    memory=Anchored(slots=6, warmup=10, unit="price", prices=(1, 2, 3, 4)),
    formula="band of 3 ATR(10) round the middle that only tightens until crossed",
    source="Seban (2008)",
)
def super_trend_line(high: Floats, low: Floats, close: Floats, state: Floats) -> Floats:
    """SuperTrend line."""
    return super_trend(high, low, close, 10, 3.0, state)


@factor(
    name="price_to_{stop}",
    group="trend",
    inputs=["close", "{stop}"],
    memory=Window(1),
    formula="C / {stop} - 1",
    source="distance from a trailing stop: its sign is the side",
    params=each(stop=("sar", "super_trend")),
)
def price_to_stop(close: Floats, level: Floats, stop: str) -> Floats:
    """Distance of the close from a trailing stop."""
    return distance(close, level)


@factor(
    name="efficiency_{n}",
    group="trend",
    inputs=["close"],
    memory=lambda n: Window(n + 1),
    formula="|C[t] - C[t-{n}]| / sum of |moves| over {n} bars",
    source="Kaufman (1995), efficiency ratio",
    params=each(n=(10, 20)),
)
def efficiency(close: Floats, n: int) -> Floats:
    """Efficiency ratio, 0 to 1; 1 where nothing moved."""
    from tradewind.kernels.windows import change, rolling_sum

    return ratio(np.abs(change(close, n)), rolling_sum(np.abs(change(close, 1)), n), 1.0)
