"""How a bar fills an order, on integer ticks: the rules that event engine and fast path share.

Nothing is known of the path inside a bar but its open, high and low, so every doubt is decided against the
trader: the open comes first, a stop before a target, and a limit order wants the price to trade through it.
Prices are whole ticks; ``side`` is +1 to buy, -1 to sell.
"""

from tradewind.core.errors import MoneyError
from tradewind.kernels.scalar import scalar

MARKET, LIMIT, STOP, STOP_LIMIT = 0, 1, 2, 3
"""Kinds of order. A stop that has triggered is from then on ``MARKET``, a stop-limit ``LIMIT``."""

NO_FILL, AT_OPEN, AT_STOP, AT_LIMIT, TRIGGERED = 0, 1, 2, 3, 4
"""What a bar does to an order: nothing, fills it at the open, at the stop or at the limit, or only triggers
a stop-limit. Fills at open and stop take liquidity, one at the limit makes it."""

CAPACITY_MAX = 4_000_000_000_000_000_000


@scalar
def match_bar(
    kind: int,
    side: int,
    open_ticks: int,
    high_ticks: int,
    low_ticks: int,
    limit_ticks: int,
    stop_ticks: int,
    through_ticks: int,
) -> tuple[int, int]:
    """What one bar does to one order: ``(outcome, reference price in ticks)`` before slippage.

    Parameters
    ----------
    kind
        ``MARKET``, ``LIMIT``, ``STOP`` or ``STOP_LIMIT``.
    limit_ticks, stop_ticks
        0 where the kind has none.
    through_ticks
        How far the price must trade through a resting limit for its fill: 1 stands for a place at the end
        of the queue, 0 fills on a touch.
    """
    if kind == MARKET:
        return AT_OPEN, open_ticks
    if kind == LIMIT:
        return _match_limit(side, open_ticks, high_ticks, low_ticks, limit_ticks, through_ticks)
    gapped = side * (open_ticks - stop_ticks) >= 0
    worst = high_ticks if side > 0 else low_ticks
    touched = side * (worst - stop_ticks) >= 0
    if not touched and not gapped:
        return NO_FILL, 0
    if kind == STOP:
        return (AT_OPEN, open_ticks) if gapped else (AT_STOP, stop_ticks)
    if gapped:
        outcome, price = _match_limit(side, open_ticks, high_ticks, low_ticks, limit_ticks, through_ticks)
        return (TRIGGERED, 0) if outcome == NO_FILL else (outcome, price)
    if side * (limit_ticks - stop_ticks) >= 0:
        return AT_STOP, stop_ticks
    # The limit lies behind the stop: whether price came back to it after the trigger is not known.
    return TRIGGERED, 0


@scalar
def _match_limit(
    side: int, open_ticks: int, high_ticks: int, low_ticks: int, limit_ticks: int, through_ticks: int
) -> tuple[int, int]:
    if side * (limit_ticks - open_ticks) >= 0:
        return AT_OPEN, open_ticks
    best = low_ticks if side > 0 else high_ticks
    if side * (limit_ticks - best) >= through_ticks:
        return AT_LIMIT, limit_ticks
    return NO_FILL, 0


@scalar
def fill_price(
    side: int, reference_ticks: int, slippage: int, limit_ticks: int, has_limit: bool, signed_prices: bool
) -> int:
    """Price in ticks after ``slippage`` ticks against the trader, never beyond a limit.

    Parameters
    ----------
    limit_ticks, has_limit
        The limit, where the order has one: 0 and less are prices too.
    signed_prices
        Whether the market's price may be nothing or less. Where it may not, slippage goes no further than
        the lowest price that the market has, one tick.

    Raises
    ------
    MoneyError
        The reference is no price that the market can have; it is never made into one.
    """
    if not signed_prices and reference_ticks < 1:
        raise MoneyError(
            "A price of nothing or less came from a market that cannot have it.",
            "Set negative_prices on the instrument where its market allows them.",
        )
    price = reference_ticks + side * slippage
    if has_limit and side * (price - limit_ticks) > 0:
        price = limit_ticks
    return price if signed_prices else max(price, 1)


@scalar
def capacity_lots(volume: float, share: float, lot_size: float) -> int:
    """Lots that a bar of ``volume`` units lets one trader have, rounded down; NaN volume counts as none."""
    lots = volume * share / lot_size
    if not lots >= 1.0:
        return 0
    if lots >= CAPACITY_MAX:
        return CAPACITY_MAX
    return int(lots)
