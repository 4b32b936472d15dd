"""What a series of net returns is worth: growth, risk and their ratios.

Input is one simple return a period (one day of one clock, unless bars are longer), after costs, finite.
Conventions are those of Quantopian's empyrical:
volatility with one degree of freedom less, Sharpe and Sortino from arithmetic means, downside deviation over
all periods, CAGR from compounding; the risk-free rate is taken as zero. ``value_at_risk`` and
``expected_shortfall`` are 95 % one-period figures given as returns (negative is a loss). ``max_drawdown`` is
negative, ``max_drawdown_periods`` the longest stretch below a former peak. ``win_rate`` is the share of gains
among periods that are not zero and ``profit_factor`` the sum of gains over the sum of losses, both by period.
A figure that is not defined (no variance, no loss) is NaN.
"""

from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats
from tradewind.validation.bootstrap import (
    Blocks,
    Measured,
    default_block,
    drawn_days,
    drawn_sums,
    measured,
    stationary_blocks,
)

_TAIL = 0.05
_PATH_CELLS = 2_000_000


@dataclass(frozen=True)
class NetReturns:
    """A strategy by period (D,): when it was decided, net and gross return, turnover and gross exposure.

    ``turnover`` is traded value over equity in that period, ``exposure`` the mean sum of absolute weights. A
    period lasts ``period_days``: one day of one clock, or more where the bars are longer.
    """

    ts_event: np.typing.NDArray[np.int64]
    net: Floats
    gross: Floats
    turnover: Floats
    exposure: Floats
    periods_per_year: float
    period_days: float = 1.0

    @property
    def period(self) -> str:
        """What one period is, in words: ``1 day``, ``7 days``."""
        return "1 day" if self.period_days == 1.0 else f"{self.period_days:g} days"

    def __len__(self) -> int:
        return len(self.net)


def performance(series: NetReturns, benchmark: Floats | None = None) -> dict[str, float]:
    """All figures by name; ``information_ratio`` only with the benchmark's returns (D,)."""
    _check(series.net)
    figures = _from_sums(_columns(series, benchmark).sum(axis=0), series.periods_per_year)
    figures |= _from_path(series.net[None, :])
    figures["calmar"] = _calmar(figures)
    named = {name: float(np.ravel(value)[0]) for name, value in figures.items()}
    if benchmark is None:
        del named["information_ratio"]
    return named


def performance_intervals(
    series: NetReturns,
    benchmark: Floats | None = None,
    *,
    draws: int = 2_000,
    seed: int = 0,
    confidence: float = 0.95,
    horizon_periods: int = 1,
) -> dict[str, Measured]:
    """All figures with their stationary-bootstrap intervals."""
    points = performance(series, benchmark)
    length = len(series)
    blocks = stationary_blocks(length, default_block(length, horizon_periods), draws, seed)
    sums = drawn_sums(_columns(series, benchmark), blocks)
    resampled = _from_sums(sums, series.periods_per_year)
    resampled |= _path_draws(series.net, blocks)
    resampled["calmar"] = _calmar(resampled)
    return {name: measured(value, resampled[name], confidence) for name, value in points.items()}


def sharpe_draws(net: Floats, blocks: Blocks) -> Floats:
    """Sharpe ratio per period of each column under each draw: (D, M) to (draws, M)."""
    _check(net)
    count = net.shape[1]
    sums = drawn_sums(np.concatenate([net, np.square(net)], axis=1), blocks)
    return _sharpe(sums[:, :count], sums[:, count:], float(len(net)))


def sharpe_ratio(net: Floats) -> Floats:
    """Sharpe ratio per period over the first axis, not annualised; NaN where nothing varies."""
    return _sharpe(net.sum(axis=0), np.square(net).sum(axis=0), float(len(net)))


def periods_per_year(ts_event: np.typing.NDArray[np.int64]) -> float:
    """Distinct ends of periods (days, or bars that last longer) a year, from the data's own span."""
    moments = np.unique(ts_event)
    if len(moments) < 2:
        message = f"{len(moments)} moments do not say how many make a year."
        raise DataError(message, "Give more history.")
    years = (int(moments[-1]) - int(moments[0])) / (365.25 * 86_400e9)
    return float((len(moments) - 1) / years)


# Sums and paths ------------------------------------------------------------------------------


def _columns(series: NetReturns, benchmark: Floats | None) -> Floats:
    net = series.net
    active = net - (0.0 if benchmark is None else benchmark)
    return np.column_stack(
        [
            np.ones(len(net)),
            net,
            np.square(net),
            # A loss of everything or more has no logarithm; it ends the account, and CAGR is then -1.
            np.log1p(np.maximum(net, -1.0 + 1e-12)),
            np.square(np.minimum(net, 0.0)),
            net > 0,
            net < 0,
            np.maximum(net, 0.0),
            np.maximum(-net, 0.0),
            series.turnover,
            series.exposure,
            active,
            np.square(active),
            series.gross,
        ]
    )


def _from_sums(sums: Floats, per_year: float) -> dict[str, Floats]:
    n, total, squares, logs, downside, wins, losses = (sums[..., c] for c in range(7))
    gains, lost, turnover, exposure, active, active2, gross = (sums[..., c] for c in range(7, 14))
    root = np.sqrt(per_year)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = np.sqrt(np.maximum(squares - total * total / n, 0.0) / (n - 1))
        return {
            "periods": n,
            "total_return": np.expm1(logs),
            "cagr": np.expm1(logs * per_year / n),
            "volatility": deviation * root,
            "sharpe": _sharpe(total, squares, n) * root,
            "sortino": np.where(downside > 0, total / n / np.sqrt(downside / n), np.nan) * root,
            "win_rate": wins / (wins + losses),
            "profit_factor": np.where(lost > 0, gains / lost, np.nan),
            "turnover_annual": turnover / n * per_year,
            "exposure": exposure / n,
            "information_ratio": _sharpe(active, active2, n) * root,
            "costs_annual": (gross - total) / n * per_year,
        }


def _sharpe(total: Floats, squares: Floats, n: Floats | float) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = squares - total * total / n
        # Below a rounding error of the squares there is no spread, only noise of the subtraction.
        value: Floats = np.where(
            spread > 1e-13 * squares, total / n / np.sqrt(np.maximum(spread, 0.0) / (n - 1)), np.nan
        )
    return value


def _from_path(net: Floats) -> dict[str, Floats]:
    """Figures of the path over the last axis of (draws, D)."""
    periods = net.shape[1]
    # A loss of more than everything leaves nothing, never less: from there on the account stays at 0.
    wealth = np.cumprod(np.maximum(1.0 + net, 0.0), axis=1)
    peak = np.maximum(np.maximum.accumulate(wealth, axis=1), 1.0)
    under = wealth < peak
    day = np.arange(1, periods + 1)
    last_top = np.maximum.accumulate(np.where(under, 0, day), axis=1)
    # Linear interpolation between order statistics, as numpy.quantile does.
    place = _TAIL * (periods - 1)
    low = int(place)
    high = min(low + 1, periods - 1)
    ordered = np.partition(net, (low, high), axis=1)
    quantile = ordered[:, low] + (place - low) * (ordered[:, high] - ordered[:, low])
    return {
        "max_drawdown": (wealth / peak).min(axis=1) - 1.0,
        "max_drawdown_periods": (day - last_top).max(axis=1).astype(np.float64),
        "value_at_risk": quantile,
        "expected_shortfall": ordered[:, : low + 1].mean(axis=1),
    }


def _calmar(figures: dict[str, Floats]) -> Floats:
    fall = -figures["max_drawdown"]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = np.where(fall > 0, figures["cagr"] / fall, np.nan)
    return ratio


def _path_draws(net: Floats, blocks: Blocks) -> dict[str, Floats]:
    parts: dict[str, list[Floats]] = {}
    step = max(1, _PATH_CELLS // blocks.length)
    for low in range(0, blocks.draws, step):
        piece = Blocks(blocks.length, blocks.starts[low : low + step], blocks.sizes[low : low + step])
        for name, values in _from_path(net[drawn_days(piece)]).items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in parts.items()}


def _check(net: Floats) -> None:
    bad = np.flatnonzero(~np.isfinite(net))
    if len(bad):
        message = f"The net return at place {int(bad[0])} is {net.ravel()[bad[0]]}."
        raise DataError(message, "Returns must be finite; a period without a position earns 0.")
    if net.shape[0] < 2:
        message = f"{net.shape[0]} periods of returns say nothing."
        raise DataError(message, "Give at least two.")
