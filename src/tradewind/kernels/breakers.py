"""Loss arithmetic that the breaker board and compiled code share: one comparison each, no memory."""

import math

from numba.extending import register_jitable


@register_jitable
def loss_floor_e8(reference_e8: int, limit: float) -> int:
    """Highest equity at which a loss of ``limit`` (0 to 1) from ``reference_e8`` has been reached.

    The loss is rounded up to a whole unit of 1e-8, so a breaker never trips a hair too early.
    """
    return reference_e8 - math.ceil(reference_e8 * limit)


@register_jitable
def loss_fraction(reference_e8: int, value_e8: int) -> float:
    """Loss from ``reference_e8`` to ``value_e8`` as a fraction of the reference; negative for a gain.

    A debt counts as all of it: beyond that the fraction says how small the reference was, not what is lost.
    """
    return min((reference_e8 - value_e8) / reference_e8, 1.0)


@register_jitable
def loss_on_cost(value_e8: int, cost_e8: int) -> float:
    """Loss of a position as a fraction of what was paid; both signed alike (negative when short).

    0.0 when nothing was paid.
    """
    if cost_e8 == 0:
        return 0.0
    return (cost_e8 - value_e8) / abs(cost_e8)
