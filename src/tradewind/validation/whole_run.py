"""All candidates of a run at once: how far the best of them is the work of choosing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats
from tradewind.validation.bootstrap import default_block, p_value_above, stationary_blocks
from tradewind.validation.deflation import clusters, correlations
from tradewind.validation.overfitting import Overfitting, backtest_overfitting
from tradewind.validation.performance import sharpe_draws, sharpe_ratio
from tradewind.validation.significance import DataSnooping, data_snooping, false_discoveries
from tradewind.validation.track_record import TrackRecord


@dataclass(frozen=True)
class RunEvaluation:
    """Figures of a whole run, over the periods that all its candidates share.

    ``edge_p`` (one a model): one-sided bootstrap p that its mean return after costs is not above zero;
    ``discoveries`` are those that stand at a false-discovery rate of ``rate``; ``snooping`` is against
    staying flat; ``overfitting`` is None for a single model or fewer than 32 periods.
    """

    models: tuple[str, ...]
    periods: int
    effective_models: int
    edge_p: tuple[float, ...]
    discoveries: tuple[str, ...]
    rate: float
    snooping: DataSnooping
    overfitting: Overfitting | None


def evaluate_run(
    records: Sequence[TrackRecord], *, rate: float = 0.05, draws: int = 2_000, seed: int = 0
) -> RunEvaluation:
    """Measure the candidates of one run together; at least one, with common periods."""
    if not records:
        raise DataError("A run without candidates cannot be evaluated.", "Walk at least one model forward.")
    net = shared_returns(records)
    block = default_block(len(net), max(record.horizon_periods for record in records))
    sharpes = sharpe_ratio(net)
    drawn = sharpe_draws(net, stationary_blocks(len(net), block, draws, seed))
    p_values = np.array([p_value_above(float(s), drawn[:, k]) for k, s in enumerate(sharpes)])
    names = tuple(record.model for record in records)
    stands = false_discoveries(p_values, rate)
    several = len(records) > 1 and len(net) >= 32
    return RunEvaluation(
        models=names,
        periods=len(net),
        effective_models=len(np.unique(clusters(correlations(net), 0.5))),
        edge_p=tuple(float(p) for p in p_values),
        discoveries=tuple(name for name, stood in zip(names, stands, strict=True) if stood),
        rate=rate,
        snooping=data_snooping(net, draws=draws, seed=seed, mean_block=float(block)),
        overfitting=backtest_overfitting(net) if several else None,
    )


def shared_returns(records: Sequence[TrackRecord]) -> Floats:
    """Net returns side by side (D, M) on the moments that all records have."""
    moments = reduce(np.intersect1d, [record.returns.ts_event for record in records])
    if len(moments) < 10:
        message = f"The candidates share {len(moments)} periods."
        raise DataError(message, "Walk them forward over the same history.")
    return np.column_stack(
        [record.returns.net[np.isin(record.returns.ts_event, moments)] for record in records]
    )
