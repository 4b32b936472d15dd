"""Whether the simulated venue takes an order, and in which words it refuses one."""

import hashlib
from collections.abc import Iterable

from tradewind.core.errors import OrderError
from tradewind.core.minimum_notional import above_maximum, order_below_minimum
from tradewind.core.money import INT64_MAX
from tradewind.core.orders import Order, OrderType, Side, TimeInForce, validate_order
from tradewind.execution.venue.resting import Resting, Terms

IMMEDIATE = (TimeInForce.IOC, TimeInForce.FOK)
_HASH_SPAN = 2.0**64


def order_refusal(order: Order, terms: Terms | None) -> str:
    """Why no venue state could make this order acceptable; empty when it is in order."""
    if terms is None:
        return f"unknown instrument {order.instrument_id}"
    if not terms.instrument.tradable:
        return f"{order.instrument_id} cannot be traded"
    try:
        validate_order(order, negative_prices=terms.instrument.negative_prices)
    except OrderError as error:
        return error.message
    amounts = (order.quantity_lots, order.limit_price_ticks or 0, order.stop_price_ticks or 0)
    if max(amounts) > INT64_MAX or min(amounts) < -INT64_MAX:
        return "a quantity or price of it does not fit 64 bits"
    if order.time_in_force in IMMEDIATE and order.order_type in (OrderType.STOP, OrderType.STOP_LIMIT):
        return f"a {order.order_type} order cannot be {order.time_in_force}"
    small = order_below_minimum(terms.instrument, order, None)  # to the market: the gate knows the mark
    odd = above_maximum(terms.instrument, order.quantity_lots) if small is None else small
    return odd.reason if odd is not None else ""


def position_refusal(order: Order, terms: Terms, held_lots: int, book: Iterable[Resting]) -> str:
    """Why the order does not fit what is held; empty when it does.

    Orders on the book that would build the position first count as if they had: so a stop may be sent along
    with the entry that it protects.
    """
    if not order.reduce_only and order.side is Side.BUY:
        return ""
    opening = sum(r.remaining_lots for r in book if not r.reduces and r.side == -order.side.sign)
    if order.reduce_only:
        covered = -order.side.sign * held_lots + opening
        return "" if covered > 0 else f"there is no position in {order.instrument_id} to reduce"
    short = order.side is Side.SELL and order.quantity_lots > held_lots + opening
    if short and not terms.instrument.shortable:
        return (
            f"{order.instrument_id} cannot be sold short: {order.quantity_lots} lots asked, {held_lots} held"
        )
    return ""


def draw(seed: int, client_order_id: str) -> float:
    """Uniform in [0, 1), the same for the same seed and order id whatever else happened."""
    key = f"{seed}:{client_order_id}".encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") / _HASH_SPAN
