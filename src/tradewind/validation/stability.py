"""Does the edge hold up? The same figures by year, month and instrument, and under other costs and delays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Floats, Samples
from tradewind.validation.metrics import ForecastRows
from tradewind.validation.performance import NetReturns, sharpe_ratio
from tradewind.validation.periods import summed_by_period, up_to_ruin
from tradewind.validation.returns import (
    Held,
    TradingCosts,
    portfolio_returns,
    target_weights,
    traded_shares,
    trading_grid,
)
from tradewind.validation.track_record import TrackRecord


@dataclass(frozen=True)
class Slice:
    """Part of the out-of-sample rows: accuracy with its base rate, and what was earned."""

    name: str
    rows: int
    accuracy: float
    base_rate: float
    net_return: float
    sharpe: float


@dataclass(frozen=True)
class Sensitivity:
    """Annual figures under one change of assumptions."""

    name: str
    sharpe: float
    net_annual: float
    turnover_annual: float


def by_calendar(record: TrackRecord, unit: str) -> tuple[Slice, ...]:
    """One slice a calendar year (``Y``) or month (``M``) of the decisions, oldest first."""
    rows = record.forecasts
    row_key = _calendar(rows.moment, unit)
    day_key = _calendar(record.returns.ts_event, unit)
    return tuple(
        _slice(str(key), rows, row_key == key, record.returns.net[day_key == key], record.returns)
        for key in np.unique(day_key)
    )


def by_instrument(record: TrackRecord, samples: Samples) -> tuple[Slice, ...]:
    """One slice an instrument; its net return is its own contribution to the portfolio's."""
    column = samples.i[record.oos.rows]
    grid = record.grid
    net = record.weights * grid.earned - traded_shares(record.weights, grid) * grid.cost
    return tuple(
        _slice(
            samples.instrument_ids[k],
            record.forecasts,
            column == k,
            summed_by_period(net[:, [k]], grid.starts),
            record.returns,
        )
        for k in np.unique(column)
    )


def cost_sensitivity(
    record: TrackRecord, factors: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 4.0)
) -> tuple[Sensitivity, ...]:
    """The same positions at several times the stated costs."""
    returns = record.returns
    costs = returns.gross - returns.net
    return tuple(
        _sensitivity(f"costs x {factor:g}", up_to_ruin(returns.gross - factor * costs), returns)
        for factor in factors
    )


def delay_sensitivity(
    record: TrackRecord, samples: Samples, held_by_delay: Mapping[str, Held], costs: TradingCosts
) -> tuple[Sensitivity, ...]:
    """The same forecasts under other fills: held returns (rows of samples,) by the name of the delay."""
    results = []
    for name, held in held_by_delay.items():
        grid = trading_grid(record.oos, samples, held, costs, record.rule)
        edge = record.oos.predictions.expected_return_bps
        returns = portfolio_returns(target_weights(edge, grid, record.rule, samples.horizon_bars), grid)
        results.append(_sensitivity(name, returns.net, returns))
    return tuple(results)


def _sensitivity(name: str, net: Floats, returns: NetReturns) -> Sensitivity:
    per_year = returns.periods_per_year
    return Sensitivity(
        name=name,
        sharpe=float(sharpe_ratio(net) * np.sqrt(per_year)),
        net_annual=float(net.mean() * per_year),
        turnover_annual=float(returns.turnover.mean() * per_year),
    )


def _slice(
    name: str, rows: ForecastRows, mask: np.typing.NDArray[np.bool_], net: Floats, returns: NetReturns
) -> Slice:
    realised, probability = rows.realised_return[mask], rows.probability_up[mask]
    known = np.isfinite(realised) & np.isfinite(probability)
    up = realised[known] > 0
    count = len(up)
    share = float(up.mean()) if count else float("nan")
    return Slice(
        name=name,
        rows=count,
        accuracy=float(((probability[known] > 0.5) == up).mean()) if count else float("nan"),
        base_rate=max(share, 1.0 - share),
        net_return=float(net.sum()),
        sharpe=float(sharpe_ratio(net) * np.sqrt(returns.periods_per_year)) if len(net) > 2 else float("nan"),
    )


def _calendar(ts_ns: np.typing.NDArray[np.int64], unit: str) -> np.typing.NDArray[np.datetime64]:
    keys: np.typing.NDArray[np.datetime64] = ts_ns.astype("datetime64[ns]").astype(f"datetime64[{unit}]")
    return keys
