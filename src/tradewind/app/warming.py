"""Compile every kernel once, so that the first real run does not wait for it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tradewind.alphas.trees.walk import Forest, leaf_sums
from tradewind.factors.warm import warm_kernels
from tradewind.kernels.isolation_forest import isolation_scores
from tradewind.kernels.trailing import trailing_centre
from tradewind.kernels.var import bootstrap_returns, ewma_deviation

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Warmed:
    """What was compiled, or found compiled on disk, and how long that took."""

    factors: int
    seconds: float


def warm(on_progress: Progress | None = None) -> Warmed:
    """Run every kernel on a tiny input: factors, value at risk, the walk down trees.

    What is compiled stays on disk, so a second call takes a second or two.
    """
    started = time.perf_counter()
    steps = 0

    def hear(done: int, total: int) -> None:
        nonlocal steps
        steps = total + 2
        _tell(on_progress, done, steps, "factors")

    factors = warm_kernels(hear)
    _warm_value_at_risk()
    trailing_centre(np.zeros(4), 2)
    isolation_scores(np.zeros((4, 2)), 1, 4, 0)
    _tell(on_progress, steps - 1, steps, "value at risk")
    _warm_trees()
    _tell(on_progress, steps, steps, "trees")
    return Warmed(factors, time.perf_counter() - started)


def _tell(on_progress: Progress | None, done: int, total: int, note: str) -> None:
    if on_progress is not None:
        on_progress(done, total, note)


def _warm_value_at_risk() -> None:
    returns = np.zeros((4, 2))
    bootstrap_returns(returns, np.full(2, 0.5), 2, 1, 0)
    ewma_deviation(returns[:, 0].copy(), 0.94, 2)


def _warm_trees() -> None:
    """One tree with one split, in both precisions that libraries add up leaves in."""
    for precision in (np.float32, np.float64):
        forest = Forest(
            roots=np.zeros(1, dtype=np.int32),
            feature=np.array([0, -1, -1], dtype=np.int32),
            threshold=np.zeros(3),
            left=np.array([1, 0, 0], dtype=np.int32),
            right=np.array([2, 0, 0], dtype=np.int32),
            missing_left=np.zeros(3, dtype=np.bool_),
            value=np.zeros(3, dtype=precision),
        )
        leaf_sums(forest, np.zeros((1, 1)))
