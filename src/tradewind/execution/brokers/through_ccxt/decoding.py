"""ccxt's orders and trades, whose figures are the venue's text, read exactly.

Source: https://docs.ccxt.com (order structure, trade structure).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tradewind.core.instruments import Instrument
from tradewind.core.vocabulary import Liquidity
from tradewind.execution.brokers.figures import (
    figure,
    lots_of,
    nonsense,
    not_negative,
    positive,
    shown,
    side_of,
    word,
)
from tradewind.execution.brokers.standing import End, VenueFill, VenueOrder

STATUSES = {
    "open": End.OPEN,
    "closed": End.FILLED,
    "canceled": End.CANCELED,
    "canceling": End.OPEN,
    "expired": End.EXPIRED,
    "rejected": End.REJECTED,
}
NS_PER_MS = 1_000_000
SIDES = {"maker": Liquidity.MAKER, "taker": Liquidity.TAKER}


def read_order(row: Mapping[str, Any], instrument: Instrument) -> VenueOrder:
    """An order of an instrument."""
    name, status = word(row, "id"), str(row.get("status"))
    require_symbol(row, instrument)
    if status not in STATUSES:
        message = f"order {name} has the status {shown(status)}"
        raise nonsense(message)
    end = STATUSES[status]
    sent = moment_ms(row.get("timestamp"), "timestamp")
    changed = row.get("lastUpdateTimestamp") or row.get("lastTradeTimestamp") or row.get("timestamp")
    return VenueOrder(
        venue_order_id=name,
        client_order_id=str(row.get("clientOrderId") or name),
        instrument=instrument,
        side=side_of(row.get("side")),
        lots=lots_of(positive(row.get("amount"), "amount"), instrument, "amount"),
        filled_lots=lots_of(not_negative(row.get("filled"), "filled"), instrument, "filled"),
        end=end,
        ts_accepted=sent,
        ts_ended=0 if end is End.OPEN else moment_ms(changed, "the end"),
        reason="the venue gives no reason" if end is End.REJECTED else "",
    )


def read_fill(row: Mapping[str, Any], order: VenueOrder) -> VenueFill:
    """A trade of an order; its id is the venue's, with the instrument before it."""
    instrument, side = order.instrument, side_of(row.get("side"))
    require_symbol(row, instrument)
    if side is not order.side:
        message = f"a fill of order {order.venue_order_id} is a {side}, the order a {order.side}"
        raise nonsense(message)
    fee = row.get("fee") or {}
    cost = fee.get("cost")
    return VenueFill(
        trade_id=f"{instrument.id}:{word(row, 'id')}",
        venue_order_id=order.venue_order_id,
        client_order_id=order.client_order_id,
        instrument=instrument,
        side=side,
        lots=lots_of(positive(row.get("amount"), "amount"), instrument, "amount"),
        price=positive(row.get("price"), "price"),
        ts_ns=moment_ms(row.get("timestamp"), "timestamp"),
        fee=Decimal(0) if cost is None else figure(cost, "the fee"),
        fee_currency=str(fee.get("currency") or ""),
        liquidity=SIDES.get(str(row.get("takerOrMaker")), Liquidity.UNKNOWN),
    )


def require_symbol(row: Mapping[str, Any], instrument: Instrument) -> None:
    """BrokerError unless the answer is of this instrument."""
    if row.get("symbol") != instrument.symbol:
        message = f"{shown(row.get('symbol'))} came where {instrument.symbol} was asked for"
        raise nonsense(message)


def moment_ms(value: object, what: str) -> int:
    """UTC nanoseconds of milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        message = f"{what} is {shown(value)}"
        raise nonsense(message)
    return value * NS_PER_MS
