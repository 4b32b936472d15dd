"""Returns held against those of a benchmark on the same days: beta, alpha, correlation, tracking.

Regression of simple returns without a risk-free rate (Jensen, 1968): ``beta = cov(r, b) / var(b)`` and
``alpha = mean(r) - beta * mean(b)``, a year. A figure that is not defined (a benchmark that never moves) is
NaN.
"""

from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats
from tradewind.validation.performance import sharpe_ratio

_NAN = float("nan")


@dataclass(frozen=True)
class AgainstBenchmark:
    """``alpha`` and ``tracking_error`` are fractions a year, ``information_ratio`` is annual.

    ``up_capture`` is the mean return on days on which the benchmark rose over the benchmark's own mean on
    them, ``down_capture`` the same of days on which it fell.
    """

    alpha: float
    beta: float
    correlation: float
    r_squared: float
    tracking_error: float
    information_ratio: float
    treynor: float
    up_capture: float
    down_capture: float


def against_benchmark(net: Floats, benchmark: Floats, per_year: float) -> AgainstBenchmark:
    """All figures of returns (D,) against those of a benchmark (D,); at least three days.

    Raises
    ------
    DataError
        The days do not match, or are too few.
    """
    if len(net) != len(benchmark) or len(net) < 3:
        message = f"{len(net)} days cannot be held against {len(benchmark)} of the benchmark."
        raise DataError(message, "Give the same days of both, at least three.")
    active = net - benchmark
    variance, own = float(np.var(benchmark, ddof=1)), float(np.var(net, ddof=1))
    moves = variance > 1e-16
    beta = float(np.cov(net, benchmark, ddof=1)[0, 1]) / variance if moves else _NAN
    correlation = float(np.corrcoef(net, benchmark)[0, 1]) if moves and own > 1e-16 else _NAN
    return AgainstBenchmark(
        alpha=(float(np.mean(net)) - beta * float(np.mean(benchmark))) * per_year,
        beta=beta,
        correlation=correlation,
        r_squared=correlation**2,
        tracking_error=float(np.std(active, ddof=1)) * per_year**0.5,
        information_ratio=float(np.ravel(sharpe_ratio(active))[0]) * per_year**0.5,
        treynor=float(np.mean(net)) * per_year / beta if beta == beta and beta != 0.0 else _NAN,
        up_capture=_capture(net, benchmark, benchmark > 0.0),
        down_capture=_capture(net, benchmark, benchmark < 0.0),
    )


def _capture(net: Floats, benchmark: Floats, days: np.typing.NDArray[np.bool_]) -> float:
    return float(np.mean(net[days]) / np.mean(benchmark[days])) + 0.0 if days.any() else _NAN
