"""Moving averages, and how far the close is from each."""

from tradewind.core.panel import Floats
from tradewind.factors.memory import Decaying, Window, ema_memory, window_memory
from tradewind.factors.registry import Oracle, alias, each, factor
from tradewind.kernels.recursive import adaptive_mean, smoothed
from tradewind.kernels.windows import distance, rolling_mean
from tradewind.kernels.windows_moments import weighted_mean

LENGTHS = (5, 8, 10, 13, 20, 21, 30, 34, 50, 100, 150, 200)


def _talib(function: str, n: int) -> Oracle:
    return Oracle(function, ("close",), {"timeperiod": n})


@factor(
    name="sma_{n}",
    group="trend",
    inputs=["close"],
    memory=window_memory,
    formula="mean of C over {n} bars",
    source="simple moving average",
    params=each(n=LENGTHS),
    oracle=lambda n: _talib("SMA", n),
)
def simple_average(close: Floats, n: int) -> Floats:
    """Simple moving average."""
    return rolling_mean(close, n)


@factor(
    name="ema_{n}",
    group="trend",
    inputs=["close"],
    memory=ema_memory,
    formula="y += 2/({n}+1) (C - y), seeded with the mean of {n} closes",
    source="exponential moving average, seeded as in TA-Lib",
    params=each(n=(*LENGTHS, 9, 12, 17, 26, 35)),
    oracle=lambda n: _talib("EMA", n),
)
def exponential_average(close: Floats, n: int) -> Floats:
    """Exponential moving average."""
    return smoothed(close, n, 2.0 / (n + 1))


@factor(
    name="wma_{n}",
    group="trend",
    inputs=["close"],
    memory=window_memory,
    formula="sum of i C[t-{n}+i] over sum of i, i = 1..{n}",
    source="linearly weighted moving average",
    params=each(n=(5, 10, 20, 50, 100, 200)),
    oracle=lambda n: _talib("WMA", n),
)
def weighted_average(close: Floats, n: int) -> Floats:
    """Linearly weighted moving average."""
    return weighted_mean(close, n)


@factor(
    name="hull_{n}",
    group="trend",
    inputs=["close"],
    memory=lambda n: Window(n + max(int(n**0.5), 1) - 1),
    formula="WMA(2 WMA(C, {n}/2) - WMA(C, {n}), sqrt({n}))",
    source="Hull (2005), halves and roots rounded down",
    params=each(n=(9, 14, 20, 50, 100)),
)
def hull_average(close: Floats, n: int) -> Floats:
    """Hull's moving average."""
    raw = 2.0 * weighted_mean(close, n // 2) - weighted_mean(close, n)
    return weighted_mean(raw, max(int(n**0.5), 1))


@factor(
    name="kama_{n}",
    group="trend",
    inputs=["close"],
    memory=lambda n: Decaying(n, 1.0 - (2.0 / 31.0) ** 2),
    formula="y += s^2 (C - y), s between 2/31 and 2/3 by efficiency over {n} bars",
    source="Kaufman (1995)",
    params=each(n=(10, 20, 30)),
    oracle=lambda n: _talib("KAMA", n),
)
def kaufman_average(close: Floats, n: int) -> Floats:
    """Kaufman's adaptive moving average."""
    return adaptive_mean(close, n)


@factor(
    name="price_to_{average}_{n}",
    group="trend",
    inputs=["close", "{average}_{n}"],
    memory=lambda average, n: Window(1),
    formula="C / {average}_{n} - 1",
    source="distance from a moving average",
    params=[
        *each(average=["sma"], n=LENGTHS),
        *each(average=["ema"], n=(*LENGTHS, 9, 12, 26)),
        *each(average=["wma"], n=(5, 10, 20, 50, 100, 200)),
        *each(average=["hull"], n=(9, 14, 20, 50, 100)),
        *each(average=["kama"], n=(10, 20, 30)),
    ],
)
def price_to_average(close: Floats, mean: Floats, average: str, n: int) -> Floats:
    """Distance of the close from an average."""
    return distance(close, mean)


@factor(
    name="{average}_cross_{fast}_{slow}",
    group="trend",
    inputs=["{average}_{fast}", "{average}_{slow}"],
    memory=Window(1),
    formula="{average}_{fast} / {average}_{slow} - 1",
    source="moving-average cross, as a distance: its sign is the side",
    params=[
        {"average": average, "fast": fast, "slow": slow}
        for average in ("sma", "ema")
        for fast, slow in ((5, 20), (10, 50), (20, 50), (20, 100), (50, 200))
    ],
)
def average_cross(fast_mean: Floats, slow_mean: Floats, average: str, fast: int, slow: int) -> Floats:
    """Fast average against the slow one."""
    return distance(fast_mean, slow_mean)


for _n in (12, 26, 50, 200):
    alias(f"ema{_n}", f"ema_{_n}", "core")
for _n in (20, 50):
    alias(f"price_to_sma{_n}", f"price_to_sma_{_n}", "core")
