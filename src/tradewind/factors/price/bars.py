"""The bar itself: close, ratios inside the bar, and the returns that other factors stand on."""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window
from tradewind.factors.registry import alias, each, factor
from tradewind.kernels.windows import distance, ratio, relative_change


@factor(
    name="close_price",
    group="price",
    inputs=["close"],
    memory=Window(1),
    formula="C",
    source="the bar",
)
def close_price(close: Floats) -> Floats:
    """The close as it is."""
    return close


alias("close", "close_price", "core")


@factor(
    name="high_low_ratio",
    group="price",
    inputs=["high", "low"],
    memory=Window(1),
    formula="H / L",
    source="the bar",
)
def high_low_ratio(high: Floats, low: Floats) -> Floats:
    """Width of the bar as a ratio, 1 for a bar without range."""
    return ratio(high, low, 1.0)


@factor(
    name="close_to_high",
    group="price",
    inputs=["close", "high"],
    memory=Window(1),
    formula="C / H - 1",
    source="the bar",
)
@factor(
    name="close_to_low",
    group="price",
    inputs=["close", "low"],
    memory=Window(1),
    formula="C / L - 1",
    source="the bar",
)
@factor(
    name="close_to_open",
    group="price",
    inputs=["close", "open"],
    memory=Window(1),
    formula="C / O - 1",
    source="the bar",
)
def close_to(close: Floats, other: Floats) -> Floats:
    """Distance of the close from another price of its bar."""
    return distance(close, other)


@factor(
    name="gap",
    group="price",
    inputs=["open", "close"],
    memory=Window(2),
    formula="O[t] / C[t-1] - 1",
    source="the bar",
)
def gap(open_: Floats, close: Floats) -> Floats:
    """Open against the close before."""
    out = np.full_like(close, np.nan)
    out[1:] = open_[1:] / close[:-1] - 1.0
    return out


@factor(
    name="ret_{n}",
    group="momentum",
    inputs=["close"],
    memory=lambda n: Window(n + 1),
    formula="C[t] / C[t-{n}] - 1",
    source="simple return",
    params=each(n=(1, 2, 3, 5, 10, 20, 60, 120, 252)),
)
def simple_return(close: Floats, n: int) -> Floats:
    """Simple return over ``n`` bars."""
    return relative_change(close, n)


@factor(
    name="_log_return",
    group="shared",
    inputs=["close"],
    memory=Window(2),
    formula="ln(C[t] / C[t-1])",
    source="log return",
)
def log_return(close: Floats) -> Floats:
    """Log return of one bar; NaN where a price is not positive."""
    out = np.full_like(close, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        np.log(close[1:] / close[:-1], out=out[1:])
    return out


@factor(
    name="_typical",
    group="shared",
    inputs=["high", "low", "close"],
    memory=Window(1),
    formula="(H + L + C) / 3",
    source="typical price",
)
def typical(high: Floats, low: Floats, close: Floats) -> Floats:
    """Typical price."""
    mean: Floats = (high + low + close) / 3.0
    return mean
