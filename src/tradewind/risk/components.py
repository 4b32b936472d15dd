"""Whose risk it is: marginal and component value at risk that add up to the whole.

Source: Euler's allocation, Tasche (1999), "Risk contributions and performance measurement".
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats


@dataclass(frozen=True)
class Components:
    """Parametric value at risk and its parts, as fractions of equity.

    ``component`` adds up to ``total``; ``marginal`` is the change of the total for one more unit of weight;
    ``standalone`` is each position's own; ``diversification`` is what they save by being together.
    """

    total: float
    marginal: Floats
    component: Floats
    standalone: Floats
    diversification: float


def component_var(covariance: Floats, weights: Floats, level: float) -> Components:
    """Parts of the normal value at risk with mean zero.

    Parameters
    ----------
    covariance
        Of daily simple returns (N, N), symmetric and positive semi-definite.
    weights
        Fractions of equity (N,), signed.
    """
    matrix, holdings = np.asarray(covariance, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if matrix.shape != (len(holdings), len(holdings)) or not np.isfinite(matrix).all():
        message = f"A covariance of shape {matrix.shape} does not go with {len(holdings)} weights."
        raise DataError(message, "Give a finite square one with a row for each weight.")
    if not 0.5 < level < 1.0:
        message = f"A level of {level} is not a level of confidence."
        raise DataError(message, "Use 0.95 or 0.99.")
    z = NormalDist().inv_cdf(level)
    variance = float(holdings @ matrix @ holdings)
    if variance < -1e-12:
        message = f"The portfolio's variance is {variance}."
        raise DataError(message, "The covariance must be positive semi-definite; shrink it.")
    deviation = np.sqrt(max(variance, 0.0))
    marginal = z * (matrix @ holdings) / deviation if deviation > 0.0 else np.zeros(len(holdings))
    standalone = z * np.abs(holdings) * np.sqrt(np.diag(matrix))
    total = float(z * deviation)
    return Components(total, marginal, holdings * marginal, standalone, float(standalone.sum()) - total)


def component_shortfall(returns: Floats, weights: Floats, level: float) -> tuple[float, Floats]:
    """``(historical expected shortfall, its part by instrument)`` over the worst whole dates; they add up.

    ``returns`` (T, N). The number of worst dates is (1 - level) T, rounded, at least one.
    """
    table, holdings = np.asarray(returns, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(holdings) or not np.isfinite(table).all():
        message = f"Returns of shape {table.shape} do not go with {len(holdings)} weights."
        raise DataError(message, "Give finite returns, one column for each weight.")
    worst = np.argsort(table @ holdings, kind="stable")[: max(round((1.0 - level) * len(table)), 1)]
    parts = -(table[worst] * holdings).mean(axis=0)
    return float(parts.sum()), parts
