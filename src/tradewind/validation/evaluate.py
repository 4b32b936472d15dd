"""One call that measures everything a report prints about one model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tradewind.core.panel import Floats, Samples
from tradewind.core.timestamps import iso
from tradewind.validation.bootstrap import (
    Measured,
    default_block,
    p_value_above,
    stationary_blocks,
)
from tradewind.validation.claims import ClaimRow, claims_table
from tradewind.validation.metrics import calibration_bins, forecast_intervals, forecast_metrics, row_losses
from tradewind.validation.performance import performance, performance_intervals, sharpe_draws, sharpe_ratio
from tradewind.validation.returns import Held, TradingCosts
from tradewind.validation.significance import diebold_mariano, permutation_test
from tradewind.validation.stability import (
    Sensitivity,
    Slice,
    by_calendar,
    by_instrument,
    cost_sensitivity,
    delay_sensitivity,
)
from tradewind.validation.track_record import TrackRecord


@dataclass(frozen=True)
class EvaluationSettings:
    """``synthetic`` marks made-up data; ``data`` says in words what was measured on."""

    confidence: float = 0.95
    draws: int = 2_000
    seed: int = 0
    synthetic: bool = False
    data: str = ""


@dataclass(frozen=True)
class Comparison:
    """A baseline's figures, and one-sided p-values that the model is no better than it.

    ``forecast_p`` (Diebold-Mariano on log losses) is NaN where the baseline states no probability;
    ``accuracy`` is NaN alike.
    """

    name: str
    sharpe: float
    cagr: float
    max_drawdown: float
    turnover_annual: float
    accuracy: float
    sharpe_p: float
    forecast_p: float


@dataclass(frozen=True)
class Evaluation:
    """Everything measured of one model, each figure with its interval, on stated data and costs."""

    model: str
    version: str
    trial_id: str
    start_ns: int
    end_ns: int
    instruments: tuple[str, ...]
    costs_bps: tuple[float, ...]
    synthetic: bool
    data: str
    forecasts: dict[str, Measured]
    returns: dict[str, Measured]
    comparisons: tuple[Comparison, ...]
    random_entry_p: float
    permutation_p: float
    calibration: tuple[tuple[float, float, float], ...]
    """Rows, stated probability and share of up moves of each bin."""
    by_year: tuple[Slice, ...]
    by_month: tuple[Slice, ...]
    by_instrument: tuple[Slice, ...]
    costs: tuple[Sensitivity, ...]
    delays: tuple[Sensitivity, ...]
    claims: tuple[ClaimRow, ...]
    fit_seconds: float
    ts_event: np.typing.NDArray[np.int64] = field(repr=False)
    net: Floats = field(repr=False)


def evaluate(
    record: TrackRecord,
    samples: Samples,
    costs: TradingCosts,
    settings: EvaluationSettings | None = None,
    *,
    held_by_delay: Mapping[str, Held] | None = None,
) -> Evaluation:
    """Measure ``record``; ``held_by_delay`` adds the sensitivity to other fills."""
    settings = settings or EvaluationSettings()
    drawn = {"draws": settings.draws, "seed": settings.seed, "horizon_periods": record.horizon_periods}
    forecasts = forecast_intervals(record.forecasts, confidence=settings.confidence, **drawn)
    hold = record.baselines["buy and hold"].returns.net
    returns = performance_intervals(record.returns, hold, confidence=settings.confidence, **drawn)
    span = record.returns.ts_event
    instrument_ids = tuple(samples.instrument_ids[k] for k in np.unique(record.grid.column))
    data = settings.data or f"{len(instrument_ids)} instruments, {iso(int(span[0]))} to {iso(int(span[-1]))}"
    random = record.random_sharpes[np.isfinite(record.random_sharpes)]
    reached = int((random >= np.nan_to_num(sharpe_ratio(record.returns.net))).sum())
    return Evaluation(
        model=record.model,
        version=record.oos.version,
        trial_id=record.oos.trial_id,
        start_ns=int(span[0]),
        end_ns=int(span[-1]),
        instruments=instrument_ids,
        costs_bps=tuple(float(c) * 1e4 for c in record.grid.cost),
        synthetic=settings.synthetic,
        data=data,
        forecasts=forecasts,
        returns=returns,
        comparisons=_comparisons(record, settings),
        random_entry_p=(1 + reached) / (1 + len(random)),
        permutation_p=_permutation_p(record),
        calibration=_calibration(record),
        by_year=by_calendar(record, "Y"),
        by_month=by_calendar(record, "M"),
        by_instrument=by_instrument(record, samples),
        costs=cost_sensitivity(record),
        delays=delay_sensitivity(record, samples, held_by_delay or {}, costs),
        claims=claims_table({**forecasts, **returns}, f"{'synthetic: ' * settings.synthetic}{data}"),
        fit_seconds=float(record.oos.fit_seconds.sum()),
        ts_event=span,
        net=record.returns.net,
    )


def _comparisons(record: TrackRecord, settings: EvaluationSettings) -> tuple[Comparison, ...]:
    names = list(record.baselines)
    net = np.column_stack([record.returns.net, *(record.baselines[n].returns.net for n in names)])
    block = default_block(len(net), record.horizon_periods)
    blocks = stationary_blocks(len(net), block, settings.draws, settings.seed)
    sharpes, draws = np.nan_to_num(sharpe_ratio(net)), np.nan_to_num(sharpe_draws(net, blocks))
    results = []
    for column, name in enumerate(names, start=1):
        baseline = record.baselines[name]
        figures = performance(baseline.returns)
        rows = record.forecasts
        stated = type(rows)(
            baseline.probability_up,
            np.zeros(len(rows.moment)),
            rows.realised_return,
            rows.moment,
            rows.period,
        )
        results.append(
            Comparison(
                name=name,
                sharpe=figures["sharpe"],
                cagr=figures["cagr"],
                max_drawdown=figures["max_drawdown"],
                turnover_annual=figures["turnover_annual"],
                accuracy=forecast_metrics(stated)["accuracy"],
                sharpe_p=p_value_above(float(sharpes[0] - sharpes[column]), draws[:, 0] - draws[:, column]),
                forecast_p=_forecast_p(record, baseline.probability_up),
            )
        )
    return tuple(results)


def _forecast_p(record: TrackRecord, probability_up: Floats) -> float:
    """Diebold-Mariano p on the mean log loss of each moment, over rows that both state."""
    rows = record.forecasts
    both = np.isfinite(probability_up) & np.isfinite(rows.probability_up) & np.isfinite(rows.realised_return)
    moments, at = np.unique(rows.moment[both], return_inverse=True)
    if len(moments) < 30:
        return float("nan")
    up = rows.realised_return[both] > 0
    count = np.bincount(at)
    ours, theirs = (
        np.bincount(at, row_losses(p[both], up)) / count for p in (rows.probability_up, probability_up)
    )
    return diebold_mariano(ours, theirs, record.horizon_periods).p_value


def _permutation_p(record: TrackRecord) -> float:
    """Shifts of five periods at least, in steps of the grid."""
    steps = 5 * -(-len(record.weights) // len(record.returns))
    return permutation_test(record.weights, record.grid.earned, steps).p_value


def _calibration(record: TrackRecord) -> tuple[tuple[float, float, float], ...]:
    count, stated, happened = calibration_bins(record.forecasts)
    return tuple(
        (float(n), float(p), float(y)) for n, p, y in zip(count, stated, happened, strict=True) if n > 0
    )
