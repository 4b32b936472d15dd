"""Volatility from ranges and returns. Annual figures are left to the reader: all are a bar's."""

import math

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Decaying, Window, wilder_memory, window_memory
from tradewind.factors.registry import Oracle, alias, each, factor
from tradewind.kernels.recursive import smoothed, true_range
from tradewind.kernels.rounding import settled, settled_at
from tradewind.kernels.windows import ratio, rolling_mean, rolling_mean_std
from tradewind.kernels.windows_extremes import percent_rank

HLC = ("high", "low", "close")
OHLC = ("open", "high", "low", "close")


@factor(
    name="_true_range",
    group="shared",
    inputs=HLC,
    memory=Window(2),
    formula="max(H, C[t-1]) - min(L, C[t-1])",
    source="Wilder (1978)",
    oracle=Oracle("TRANGE", HLC),
)
def wilder_range(high: Floats, low: Floats, close: Floats) -> Floats:
    """True range."""
    return true_range(high, low, close)


@factor(
    name="atr_{n}",
    group="volatility",
    inputs=["_true_range"],
    memory=wilder_memory,
    formula="Wilder mean of true range over {n} bars",
    source="Wilder (1978)",
    params=each(n=(7, 10, 14, 21)),
    oracle=lambda n: Oracle("ATR", HLC, {"timeperiod": n}),
)
def atr(reach: Floats, n: int) -> Floats:
    """Average true range."""
    return smoothed(reach, n, 1.0 / n)


@factor(
    name="atr_pct_{n}",
    group="volatility",
    inputs=["atr_{n}", "close"],
    memory=Window(1),
    formula="atr_{n} / C",
    source="ATR as a share of the price",
    params=each(n=(7, 14, 21)),
    oracle=lambda n: Oracle("NATR", HLC, {"timeperiod": n}, scale=0.01),
)
def atr_share(reach: Floats, close: Floats, n: int) -> Floats:
    """Average true range as a share of the price."""
    return ratio(reach, close, 0.0)


@factor(
    name="atr_rank_{n}",
    group="volatility",
    inputs=["atr_pct_{n}"],
    memory=Window(252),
    formula="share of the 251 bars before whose atr_{n} / C is lower, equals counting half",
    source="causal percentile rank, 0 to 1",
    params=each(n=(14,)),
)
def atr_rank(share: Floats, n: int) -> Floats:
    """Percentile rank of the relative ATR over a year of daily bars."""
    return percent_rank(share, 252)


@factor(
    name="realised_{n}",
    group="volatility",
    inputs=["_log_return"],
    memory=window_memory,
    formula="sample deviation of {n} log returns",
    source="realised volatility",
    params=each(n=(5, 10, 20, 60, 120)),
)
def realised(step: Floats, n: int) -> Floats:
    """Realised volatility of a bar."""
    return settled_at(rolling_mean_std(step, n)[1], 1.0) * math.sqrt(n / (n - 1.0))


@factor(
    name="ewma_volatility",
    group="volatility",
    inputs=["_log_return"],
    memory=Decaying(20, 0.94),
    formula="sqrt of v, v += 0.06 (r^2 - v), seeded with the mean of 21",
    source="RiskMetrics (1996)",
)
def ewma_volatility(step: Floats) -> Floats:
    """RiskMetrics volatility of a bar."""
    return np.sqrt(smoothed(step * step, 21, 0.06))


def _log_ratio(a: Floats, b: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        logs: Floats = np.log(a / b)
    return logs


@factor(
    name="parkinson_{n}",
    group="volatility",
    inputs=["high", "low"],
    memory=window_memory,
    formula="sqrt(mean of ln(H/L)^2 / (4 ln 2)) over {n} bars",
    source="Parkinson (1980)",
    params=each(n=(10, 20, 60)),
)
def parkinson(high: Floats, low: Floats, n: int) -> Floats:
    """Parkinson's volatility of a bar."""
    wide = _log_ratio(high, low)
    return np.sqrt(rolling_mean(wide * wide, n) / (4.0 * math.log(2.0)))


@factor(
    name="garman_klass_{n}",
    group="volatility",
    inputs=OHLC,
    memory=window_memory,
    formula="sqrt(mean of 0.5 ln(H/L)^2 - (2 ln 2 - 1) ln(C/O)^2) over {n} bars",
    source="Garman and Klass (1980)",
    params=each(n=(10, 20, 60)),
)
def garman_klass(open_: Floats, high: Floats, low: Floats, close: Floats, n: int) -> Floats:
    """Garman and Klass's volatility of a bar."""
    wide, body = _log_ratio(high, low), _log_ratio(close, open_)
    terms = 0.5 * wide * wide - (2.0 * np.log(2.0) - 1.0) * body * body
    return np.sqrt(np.maximum(rolling_mean(terms, n), 0.0))


def _rogers_satchell_terms(open_: Floats, high: Floats, low: Floats, close: Floats) -> Floats:
    up = _log_ratio(high, close) * _log_ratio(high, open_)
    down = _log_ratio(low, close) * _log_ratio(low, open_)
    return up + down


@factor(
    name="rogers_satchell_{n}",
    group="volatility",
    inputs=OHLC,
    memory=window_memory,
    formula="sqrt(mean of ln(H/C) ln(H/O) + ln(L/C) ln(L/O)) over {n} bars",
    source="Rogers and Satchell (1991)",
    params=each(n=(10, 20, 60)),
)
def rogers_satchell(open_: Floats, high: Floats, low: Floats, close: Floats, n: int) -> Floats:
    """Rogers and Satchell's volatility of a bar."""
    return np.sqrt(np.maximum(rolling_mean(_rogers_satchell_terms(open_, high, low, close), n), 0.0))


@factor(
    name="yang_zhang_{n}",
    group="volatility",
    inputs=OHLC,
    memory=lambda n: Window(n + 1),
    formula="sqrt(V_overnight + k V_open_close + (1 - k) V_RS), k = 0.34 / (1.34 + ({n}+1)/({n}-1))",
    source="Yang and Zhang (2000)",
    params=each(n=(10, 20, 60)),
)
def yang_zhang(open_: Floats, high: Floats, low: Floats, close: Floats, n: int) -> Floats:
    """Yang and Zhang's volatility of a bar."""
    night = np.full_like(close, np.nan)
    night[1:] = _log_ratio(open_[1:], close[:-1])
    body = _log_ratio(close, open_)
    k = 0.34 / (1.34 + (n + 1.0) / (n - 1.0))
    sample = n / (n - 1.0)
    overnight = rolling_mean_std(night, n)[1] ** 2 * sample
    day = rolling_mean_std(body, n)[1] ** 2 * sample
    inside = rolling_mean(_rogers_satchell_terms(open_, high, low, close), n)
    return np.sqrt(np.maximum(overnight + k * day + (1.0 - k) * inside, 0.0))


@factor(
    name="volatility_of_volatility_{n}",
    group="volatility",
    inputs=["realised_{n}"],
    memory=window_memory,
    formula="deviation / mean of realised_{n} over {n} bars",
    source="coefficient of variation of volatility",
    params=each(n=(20,)),
)
def volatility_of_volatility(level: Floats, n: int) -> Floats:
    """How much volatility itself varies; 0 where there is none."""
    mean, std = rolling_mean_std(level, n)
    return ratio(settled(std, mean), mean, 0.0)


@factor(
    name="volatility_ratio_{fast}_{slow}",
    group="volatility",
    inputs=["realised_{fast}", "realised_{slow}"],
    memory=Window(1),
    formula="realised_{fast} / realised_{slow}",
    source="short against long volatility",
    params=[{"fast": 5, "slow": 20}, {"fast": 10, "slow": 60}, {"fast": 20, "slow": 120}],
)
def volatility_ratio(short: Floats, long: Floats, fast: int, slow: int) -> Floats:
    """Short against long volatility; 1 where there is none."""
    return ratio(short, long, 1.0)


alias("atr", "atr_14", "core")
alias("atr_norm", "atr_rank_14", "core")
