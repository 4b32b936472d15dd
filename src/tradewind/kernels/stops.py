"""Levels at which a position is left: fixed, ATR, trailing and time stops, and take-profit.

Levels are whole ticks; ``position`` is signed and only its sign counts. Distances come from floats through
:func:`distance_ticks`, the one rounding step here. A level of 0 means that there is none; a level never falls
below one tick.

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
    level = entry_ticks - distance if position > 0 else entry_ticks + distance
    return max(level, 1)


@scalar
def target_level(position: int, entry_ticks: int, distance: int) -> int:
    """Take-profit ``distance`` ticks on the winning side of the entry."""
    level = entry_ticks + distance if position > 0 else entry_ticks - distance
    return max(level, 1)


@scalar
def best_price(position: int, best_ticks: int, high_ticks: int, low_ticks: int) -> int:
    """Best price seen since the entry, after one more bar; ``best_ticks`` 0 at the start."""
    if position > 0:
        return max(best_ticks, high_ticks)
    return low_ticks if best_ticks == 0 else min(best_ticks, low_ticks)


@scalar
def trailing_level(position: int, stop_ticks: int, best_ticks: int, distance: int) -> int:
    """Stop that follows the best price at ``distance`` ticks and never moves back; 0 where none stood yet."""
    level = stop_level(position, best_ticks, distance)
    if stop_ticks == 0:
        return level
    return max(stop_ticks, level) if position > 0 else min(stop_ticks, level)


@scalar
def nearer_stop(position: int, first_ticks: int, second_ticks: int) -> int:
    """Of two stops the one that is reached first; a level of 0 is not there."""
    if first_ticks == 0 or second_ticks == 0:
        return first_ticks + second_ticks
    return max(first_ticks, second_ticks) if position > 0 else min(first_ticks, second_ticks)


@scalar
def time_is_up(opened_ns: int, now_ns: int, most_ns: int) -> bool:
    """Whether a position has been held for its longest time; ``most_ns`` 0 means without limit."""
    return most_ns > 0 and now_ns - opened_ns >= most_ns
