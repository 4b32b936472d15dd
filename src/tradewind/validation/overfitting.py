"""How likely the best backtest is overfitted: combinatorially symmetric cross-validation.

Source: Bailey, Borwein, Lopez de Prado and Zhu, The Probability of Backtest Overfitting, J. of Computational
Finance 20 (2017).
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats


@dataclass(frozen=True)
class Overfitting:
    """``probability`` that the in-sample best does no better than the median out of sample.

    ``logits`` (S,) of its relative out-of-sample rank, one for each way of halving the history; and
    ``loss_probability``, that it then loses money.
    """

    probability: float
    loss_probability: float
    logits: Floats


def backtest_overfitting(net: Floats, blocks: int = 16) -> Overfitting:
    """Probability of backtest overfitting of choosing the best Sharpe among ``net`` (D, M).

    Every half of the ``blocks`` consecutive blocks is the in-sample part once. Days that do not fill the
    blocks are left off the end. Models that never vary rank last.
    """
    days, models = net.shape
    size = days // blocks
    if models < 2 or blocks % 2 or blocks < 4 or size < 2 or not np.isfinite(net).all():
        message = f"{days} finite days of {models} models cannot be halved in {blocks} blocks."
        raise DataError(message, "Give two or more models, an even number of blocks and enough days.")
    cut = net[: size * blocks].reshape(blocks, size, models)
    sums, squares = cut.sum(axis=1), np.square(cut).sum(axis=1)
    halves = np.array(list(combinations(range(blocks), blocks // 2)))
    inside = np.zeros((len(halves), blocks))
    np.put_along_axis(inside, halves, 1.0, axis=1)
    n = size * blocks / 2
    first = _sharpe(inside @ sums, inside @ squares, n)
    second = _sharpe((1 - inside) @ sums, (1 - inside) @ squares, n)
    best = first.argmax(axis=1)
    chosen = second[np.arange(len(best)), best]
    below = (second < chosen[:, None]).sum(axis=1)
    ties = (second == chosen[:, None]).sum(axis=1) - 1
    rank = (below + ties / 2 + 1) / (models + 1)
    logits: Floats = np.log(rank / (1.0 - rank))
    return Overfitting(float((logits <= 0).mean()), float((chosen < 0).mean()), logits)


def _sharpe(total: Floats, squares: Floats, n: float) -> Floats:
    spread = np.sqrt(np.maximum(squares - total * total / n, 0.0) / (n - 1))
    ratio: Floats = np.divide(total / n, spread, out=np.full(total.shape, -np.inf), where=spread > 1e-12)
    return ratio
