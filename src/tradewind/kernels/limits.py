"""Exposure arithmetic that the loop and compiled code share: integers in, integers out.

Every function is plain Python and can also be called from numba code. Lots are signed; cash is in 1e-8
of the base currency.
"""

import math

from numba.extending import register_jitable

_LARGEST_CAP = 9.2e18


@register_jitable
def lowest_lots(position: int, sells: int, reducing_sells: int) -> int:
    """Smallest position that open orders can lead to: every sell fills, no buy does.

    ``reducing_sells`` are reduce-only: they take a long position to zero at most, so they count only as
    far as that, and the other ``sells`` come on top. Both are unsigned lots.
    """
    low = position
    if position > 0:
        low = max(position - reducing_sells, 0)
    return low - sells


@register_jitable
def highest_lots(position: int, buys: int, reducing_buys: int) -> int:
    """Largest position that open orders can lead to: every buy fills, no sell does."""
    high = position
    if position < 0:
        high = min(position + reducing_buys, 0)
    return high + buys


@register_jitable
def cap_e8(equity_e8: int, limit: float) -> int:
    """Cash that ``limit`` (a fraction of equity) allows, rounded down; 0 when there is no equity."""
    if equity_e8 <= 0 or limit <= 0.0:
        return 0
    cap = equity_e8 * limit
    if cap >= _LARGEST_CAP:
        return int(_LARGEST_CAP)
    return math.floor(cap)


@register_jitable
def leaves_flat_or_nearer(sign: int, after_lots: int) -> bool:
    """Whether a trade of direction ``sign`` that ends at ``after_lots`` only takes a position towards zero.

    ``after_lots`` is the extreme on the trade's own side: a buy that ends at or under zero, or a sell that
    ends at or over zero, has opened nothing.
    """
    return sign * after_lots <= 0
