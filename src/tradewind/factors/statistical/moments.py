"""Shape and dependence of returns: skewness, kurtosis, autocorrelation, variance ratio, drawdown."""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window, window_memory
from tradewind.factors.registry import each, factor
from tradewind.kernels.rounding import ROUNDING, settled_at
from tradewind.kernels.windows import change, distance, lagged, ratio, rolling_mean_std
from tradewind.kernels.windows_extremes import percent_rank, rolling_max, rolling_min
from tradewind.kernels.windows_moments import rolling_shape, rolling_sums


@factor(
    name="_shape_{n}",
    group="shared",
    inputs=["_log_return"],
    memory=window_memory,
    formula="skewness and excess kurtosis of {n} log returns",
    source="moment ratios",
    params=each(n=(20, 60)),
    parts=["skew", "kurt"],
)
def shape(step: Floats, n: int) -> tuple[Floats, Floats]:
    """Skewness and excess kurtosis."""
    skew, kurt = rolling_shape(step, n, 1.0)
    return skew, kurt


@factor(
    name="{part}_{n}",
    group="statistical",
    inputs=["_shape_{n}.{part}"],
    memory=Window(1),
    formula="{part} of {n} log returns (population moments; kurtosis in excess of 3)",
    source="moment ratios",
    params=each(part=("skew", "kurt"), n=(20, 60)),
)
def shape_part(column: Floats, part: str, n: int) -> Floats:
    """One moment ratio."""
    return column


@factor(
    name="autocorr_{lag}_{n}",
    group="statistical",
    inputs=["_log_return"],
    memory=lambda lag, n: Window(n + lag),
    formula="correlation of log returns with those {lag} bars before, over {n} pairs",
    source="sample autocorrelation",
    params=each(lag=(1, 5, 10), n=(60,)),
)
def autocorrelation(step: Floats, lag: int, n: int) -> Floats:
    """Autocorrelation, -1 to 1; 0 where the price did not move."""
    return correlation_of(step, lagged(step, lag), n)


def correlation_of(x: Floats, y: Floats, n: int) -> Floats:
    """Rolling correlation of returns, -1 to 1; 0 where one of the two does not vary."""
    vx, vy, cov = rolling_sums(x, y, n)
    return joint_share(vx, vy, cov)


def joint_share(vx: Floats, vy: Floats, cov: Floats) -> Floats:
    """Correlation from variances and covariance of returns; 0 where one varies by rounding only."""
    flat = (np.sqrt(vx) <= ROUNDING) | (np.sqrt(vy) <= ROUNDING)
    return np.clip(ratio(cov, np.where(flat, 0.0, np.sqrt(vx * vy)), 0.0), -1.0, 1.0)


@factor(
    name="variance_ratio_{q}_{n}",
    group="statistical",
    inputs=["_log_return", "close"],
    memory=lambda q, n: Window(n + q),
    formula="variance of {q}-bar log returns / ({q} variance of 1-bar log returns) over {n} bars",
    source="Lo and MacKinlay (1988)",
    params=each(q=(2, 5), n=(60,)),
    first=lambda q, n: n + q - 2,
)
def variance_ratio(step: Floats, close: Floats, q: int, n: int) -> Floats:
    """Variance ratio; 1 where the price did not move."""
    with np.errstate(invalid="ignore", divide="ignore"):
        far = change(np.log(close), q)
    short, long = settled_at(rolling_mean_std(step, n)[1], 1.0), rolling_mean_std(far, n)[1]
    return ratio(long * long, q * short * short, 1.0)


@factor(
    name="drawdown_{n}",
    group="statistical",
    inputs=["close"],
    memory=window_memory,
    formula="C / highest C of {n} bars - 1",
    source="drawdown from a rolling high",
    params=each(n=(20, 60, 252)),
)
def drawdown(close: Floats, n: int) -> Floats:
    """Distance below the highest close, at most 0."""
    return distance(close, rolling_max(close, n))


@factor(
    name="above_low_{n}",
    group="statistical",
    inputs=["close"],
    memory=window_memory,
    formula="C / lowest C of {n} bars - 1",
    source="distance from a rolling low",
    params=each(n=(20, 60, 252)),
)
def above_low(close: Floats, n: int) -> Floats:
    """Distance above the lowest close, at least 0."""
    return distance(close, rolling_min(close, n))


@factor(
    name="return_rank_{n}",
    group="statistical",
    inputs=["_log_return"],
    memory=window_memory,
    formula="percentile rank of the newest log return among {n}",
    source="causal percentile rank, 0 to 1",
    params=each(n=(60,)),
)
def return_rank(step: Floats, n: int) -> Floats:
    """Percentile rank of the newest return."""
    return percent_rank(step, n)
