"""Everything that one model's out-of-sample forecasts amount to, laid out once for report and gate."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Bools, Floats, Samples
from tradewind.validation.baselines import Baseline, standard_baselines
from tradewind.validation.ledger import Trial
from tradewind.validation.metrics import ForecastRows
from tradewind.validation.performance import NetReturns
from tradewind.validation.periods import day_stamps
from tradewind.validation.returns import (
    Grid,
    Held,
    PositionRule,
    TradingCosts,
    check_held,
    horizon_in_periods,
    portfolio_returns,
    target_weights,
    trading_grid,
)
from tradewind.validation.walk_forward import OutOfSample


@dataclass(frozen=True)
class TrackRecord:
    """A model's forecasts, positions and net returns out of sample, with the baselines on the same bars.

    ``random_sharpes`` are those per period (``returns.period``) of random entries with the same turnover;
    ``weights`` are (D, N).
    """

    model: str
    oos: OutOfSample
    forecasts: ForecastRows
    grid: Grid
    rule: PositionRule
    weights: Floats
    returns: NetReturns
    baselines: Mapping[str, Baseline]
    random_sharpes: Floats
    horizon_periods: int
    """How many periods a label spans: what neighbouring periods share."""

    @property
    def trial(self) -> Trial:
        """What the ledger keeps of it."""
        return Trial(self.oos.trial_id, self.model, self.returns.ts_event, self.returns.net)


def track_record(
    oos: OutOfSample,
    samples: Samples,
    held: Held,
    costs: TradingCosts,
    rule: PositionRule | None = None,
    *,
    random_runs: int = 200,
    seed: int = 0,
) -> TrackRecord:
    """Trade the forecasts under ``rule`` and set the baselines beside them.

    ``held`` (rows of ``samples``,) is what a position decided at each row earns, from
    :func:`~tradewind.validation.returns.held_from_prices` or ``held_from_labels``. Moments at which no
    instrument's held return is known yet (the newest bars) are left out.
    """
    rule = rule or PositionRule()
    oos = oos.take(_earning(oos, samples, held))
    grid = trading_grid(oos, samples, held, costs, rule)
    weights = target_weights(oos.predictions.expected_return_bps, grid, rule, samples.horizon_bars)
    baselines, random_sharpes = standard_baselines(
        oos, samples, grid, weights, rule, random_runs=random_runs, seed=seed
    )
    return TrackRecord(
        model=oos.model,
        oos=oos,
        forecasts=forecast_rows(oos, samples),
        grid=grid,
        rule=rule,
        weights=weights,
        returns=portfolio_returns(weights, grid),
        baselines=baselines,
        random_sharpes=random_sharpes,
        horizon_periods=horizon_in_periods(samples.horizon_bars, grid.bars_per_period),
    )


def _earning(oos: OutOfSample, samples: Samples, held: Held) -> Bools:
    """Rows of moments at which something could be earned that is known by now."""
    check_held(held, samples)
    known = np.unique(samples.ts_event[np.isfinite(held.earned)])
    earning: Bools = np.isin(samples.ts_event[oos.rows], known)
    return earning


def forecast_rows(oos: OutOfSample, samples: Samples) -> ForecastRows:
    """The forecasts as the metrics want them: rows of one common day share their moment, and a period of
    the rank correlation is the test slice of a fold.
    """
    return ForecastRows(
        probability_up=oos.predictions.probability_up,
        expected_return=oos.predictions.expected_return_bps / 1e4,
        realised_return=oos.realised,
        moment=day_stamps(samples.ts_event, samples.i)[oos.rows],
        period=np.asarray(oos.fold, dtype=np.int64),
    )
