"""What anyone could do without a model: every report and the gate set these beside it.

* **buy and hold**: equal-risk weights bought at the first decision, never traded again;
* **always up**: the same long weights, rebalanced; its probability is the share of up labels known so far;
* **previous direction**: the last label that was known, repeated;
* **random entry**: the candidate's own weights moved around the circle of days: the same turnover, exposure
  and holding times at other moments. It is a whole distribution, of which the middle run is shown.
"""

from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Floats, Samples
from tradewind.validation.performance import NetReturns, sharpe_ratio
from tradewind.validation.returns import (
    Grid,
    PositionRule,
    portfolio_returns,
    target_weights,
    untouched_returns,
)
from tradewind.validation.walk_forward import OutOfSample

ALWAYS_UP = "always up"
BUY_AND_HOLD = "buy and hold"
PREVIOUS_DIRECTION = "previous direction"
RANDOM_ENTRY = "random entry"


@dataclass(frozen=True)
class Baseline:
    """A baseline's probability for each out-of-sample row (R,), NaN where it states none, and its returns."""

    name: str
    probability_up: Floats
    returns: NetReturns


def standard_baselines(
    oos: OutOfSample,
    samples: Samples,
    grid: Grid,
    weights: Floats,
    rule: PositionRule,
    *,
    random_runs: int = 200,
    seed: int = 0,
) -> tuple[dict[str, Baseline], Floats]:
    """The four baselines by name, and the Sharpe ratios per period of all random entries (random_runs,).

    ``weights`` (D, N) are the candidate's. Rows without a label known before them give NaN probabilities and
    no position.
    """
    up_share = known_up_share(samples)[oos.rows]
    previous = previous_direction(samples)[oos.rows]
    none = np.full(len(oos), np.nan)
    long_only = target_weights(np.ones(len(oos)), grid, PositionRule(gross=rule.gross))
    follow = PositionRule(gross=rule.gross, allow_short=rule.allow_short)
    runs = random_entries(weights, grid, random_runs, seed)
    sharpes = np.array([float(sharpe_ratio(run.net)) for run in runs])
    middle = runs[int(np.argsort(np.nan_to_num(sharpes))[len(runs) // 2])]
    baselines = (
        Baseline(BUY_AND_HOLD, none, untouched_returns(grid.share[0], grid)),
        Baseline(ALWAYS_UP, up_share, portfolio_returns(long_only, grid)),
        Baseline(
            PREVIOUS_DIRECTION,
            0.5 + 0.01 * previous,
            portfolio_returns(target_weights(previous, grid, follow, samples.horizon_bars), grid),
        ),
        Baseline(RANDOM_ENTRY, none, middle),
    )
    return {baseline.name: baseline for baseline in baselines}, sharpes


def random_entries(weights: Floats, grid: Grid, runs: int, seed: int) -> list[NetReturns]:
    """Returns of ``weights`` (D, N) moved around the circle of days by random distances."""
    days = len(weights)
    shifts = np.random.default_rng(seed).integers(1, max(days, 2), runs)
    return [portfolio_returns(np.roll(weights, int(shift), axis=0), grid) for shift in shifts]


def known_up_share(samples: Samples) -> Floats:
    """Share of up labels among all that were known at each row's time, (R,); NaN before the first."""
    known = np.isfinite(samples.label_return)
    ends = samples.label_end[known]
    order = np.argsort(ends, kind="stable")
    ups = np.concatenate([[0.0], np.cumsum(samples.label_return[known][order] > 0)])
    seen = np.searchsorted(ends[order], samples.ts_event, side="right")
    share: Floats = np.divide(ups[seen], seen, out=np.full(len(samples), np.nan), where=seen > 0)
    return share


def previous_direction(samples: Samples) -> Floats:
    """Sign of the newest label of the same instrument that each row could know, (R,); NaN where none."""
    direction = np.full(len(samples), np.nan)
    for column in np.unique(samples.i):
        rows = np.flatnonzero(samples.i == column)
        known = rows[np.isfinite(samples.label_return[rows])]
        newest = np.searchsorted(samples.label_end[known], samples.ts_event[rows], side="right") - 1
        has = newest >= 0
        direction[rows[has]] = np.sign(samples.label_return[known[newest[has]]])
    return direction
