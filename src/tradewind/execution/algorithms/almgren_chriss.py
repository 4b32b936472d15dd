"""Implementation shortfall: the schedule with the best balance of impact against the risk of waiting.

R. Almgren and N. Chriss, Optimal execution of portfolio transactions, Journal of Risk 3 (2000), sections 2
and 3: linear temporary and permanent impact, arithmetic random walk, closed form.
"""

import math

from tradewind.core.settings import Length, Settings, Some
from tradewind.execution.algorithm_registry import AtWork, Due, algorithm, whole_minutes


class AlmgrenChrissSettings(Settings, frozen=True, kw_only=True):
    """Figures as in the paper, with a *period* as unit of time: ``minutes`` are cut into ``periods``.

    The defaults are the paper's example. Only ``risk_aversion * volatility^2 / temporary_impact`` shapes the
    schedule, beside ``permanent_impact``.
    """

    minutes: Length = 390.0
    periods: Some = 5
    risk_aversion: Length = 1e-6
    """Lambda, per unit of money; 0 is the straight line of a TWAP."""
    volatility: Length = 0.95
    """Money a unit over the square root of a period."""
    temporary_impact: Length = 2.5e-6
    """Eta: money a unit for each unit traded in a period."""
    permanent_impact: Length = 2.5e-7
    """Gamma: money a unit for each unit traded."""


@algorithm("almgren_chriss", AlmgrenChrissSettings())
def almgren_chriss(order: AtWork, settings: AlmgrenChrissSettings) -> Due:
    """Implementation shortfall: along the best trajectory between impact and the risk of waiting."""
    periods, span = settings.periods, max(whole_minutes(settings.minutes), 1)
    begun = min(order.elapsed_ns * periods // span + 1, periods)
    left = part_left(begun, periods, urgency(settings))
    return Due(order.quantity_lots - round(order.quantity_lots * left), replaces=begun == periods)


def urgency(settings: AlmgrenChrissSettings) -> float:
    """Kappa per period: ``2 (cosh(kappa) - 1) = lambda sigma^2 / (eta - gamma / 2)`` (equations 15 and 16).

    Infinite where the temporary impact does not outweigh half of the permanent: then all is traded at once.
    """
    eta = settings.temporary_impact - settings.permanent_impact / 2.0
    if eta <= 0.0:
        return math.inf
    return math.acosh(1.0 + settings.risk_aversion * settings.volatility**2 / eta / 2.0)


def part_left(period: int, periods: int, kappa: float) -> float:
    """Part of the order left after a period: ``sinh(kappa (T - t)) / sinh(kappa T)`` (equation 17)."""
    if period <= 0:
        return 1.0
    if period >= periods:
        return 0.0
    if kappa * periods < 1e-9:
        return 1.0 - period / periods
    # Written with decaying exponentials, so that great urgency does not overflow.
    ahead = -math.expm1(-2.0 * kappa * (periods - period))
    return math.exp(-kappa * period) * ahead / -math.expm1(-2.0 * kappa * periods)
