"""Levels at which a position is left: fixed, ATR and trailing stops, and take-profit.

Levels are whole ticks; ``position`` is signed and only its sign counts. Distances come from floats through
:func:`distance_ticks`, the one rounding step here. A level is never clamped: one that the price cannot have
(0 and less, where the instrument has no such prices) is never reached, and the caller leaves it out.

Source of the ATR stop: Wilder (1978) "New Concepts in Technical Trading Systems"; of the trailing form: Le
Beau's chandelier exit.
"""

from tradewind.core.errors import MoneyError
from tradewind.kernels.scalar import scalar

DISTANCE_MAX = 4.0e18


@scalar
def distance_ticks(price_ticks: int, fraction: float) -> int:
    """``fraction`` of a price as whole ticks, rounded half to even, at least one.

    Raises
    ------
    MoneyError
        The distance is negative, NaN or infinite.
    """
    ticks = price_ticks * fraction
    if not (ticks >= 0.0 and ticks < DISTANCE_MAX):
        raise MoneyError(
            "A stop distance that is negative or not a number cannot be rounded to ticks.",
            "Check the fraction or the average true range.",
        )
    return max(1, round(ticks))


@scalar
def atr_distance_ticks(average_true_range: float, multiple: float, tick_size: float) -> int:
    """``multiple`` average true ranges (in price units) as whole ticks, at least one; errors as above."""
    ticks = average_true_range * multiple / tick_size
    return distance_ticks(1, ticks)


@scalar
def stop_level(position: int, entry_ticks: int, distance: int) -> int:
    """Stop ``distance`` ticks on the losing side of the entry."""
    return entry_ticks - distance if position > 0 else entry_ticks + distance


@scalar
def target_level(position: int, entry_ticks: int, distance: int) -> int:
    """Take-profit ``distance`` ticks on the winning side of the entry."""
    return entry_ticks + distance if position > 0 else entry_ticks - distance


@scalar
def trailing_level(position: int, stop_ticks: int, best_ticks: int, distance: int) -> int:
    """Stop that follows the best price at ``distance`` ticks and never moves back."""
    level = stop_level(position, best_ticks, distance)
    return max(stop_ticks, level) if position > 0 else min(stop_ticks, level)
