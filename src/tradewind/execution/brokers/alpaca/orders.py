"""Our orders in Alpaca's words, and its refusals in ours.

Source: https://docs.alpaca.markets/docs/orders-at-alpaca, https://docs.alpaca.markets/reference/postorder.
"""

from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Order
from tradewind.execution.brokers.refusals import Refusal
from tradewind.execution.brokers.refused import RefusedAnswerError
from tradewind.execution.brokers.standing import price, units
from tradewind.execution.capabilities import CAPABILITIES, Capabilities

Body = dict[str, str]
_SAID = (
    ("client_order_id must be unique", Refusal.DUPLICATE),
    ("insufficient", Refusal.INSUFFICIENT_FUNDS),
    ("cost basis must be", Refusal.MINIMUM_NOTIONAL),
    ("minimal amount", Refusal.MINIMUM_NOTIONAL),
    ("sub-penny", Refusal.WRONG_TICK),
    ("pricing criteria", Refusal.WRONG_TICK),
    ("limit price increment", Refusal.WRONG_TICK),
    ("not eligible to trade", Refusal.UNKNOWN_SYMBOL),
    ("market is closed", Refusal.MARKET_CLOSED),
    ("market hours", Refusal.MARKET_CLOSED),
    ("short", Refusal.NOT_SHORTABLE),
    ("asset", Refusal.UNKNOWN_SYMBOL),
    ("multiple of", Refusal.WRONG_LOT),
    ("qty", Refusal.WRONG_LOT),
    ("fractional", Refusal.NOT_OFFERED),
    ("time_in_force", Refusal.NOT_OFFERED),
    ("order_class", Refusal.NOT_OFFERED),
    ("order type", Refusal.NOT_OFFERED),
    ("stop price must", Refusal.PRICE_BAND),
    ("wash trade", Refusal.PRICE_BAND),
)
"""Pieces of Alpaca's words, the first that fits counts; its codes (40310000 ...) do not tell them apart."""

CONFLICT, FUNDS = 422, 403


def market_of(instrument: Instrument) -> Capabilities:
    """The row of the table that speaks of an instrument here."""
    is_coin = instrument.asset_class is AssetClass.CRYPTO
    return CAPABILITIES["alpaca-crypto" if is_coin else "alpaca-stocks"]


def order_body(order: Order, instrument: Instrument) -> Body:
    """The body of ``POST /v2/orders``; every figure an exact decimal."""
    body = {
        "symbol": instrument.symbol,
        "qty": units(order.quantity_lots, instrument),
        "side": order.side.value,
        "type": order.order_type.value,
        "time_in_force": order.time_in_force.value,
        "client_order_id": order.client_order_id,
    }
    if order.limit_price_ticks is not None:
        body["limit_price"] = price(order.limit_price_ticks, instrument)
    if order.stop_price_ticks is not None:
        body["stop_price"] = price(order.stop_price_ticks, instrument)
    return body


def meaning(error: RefusedAnswerError) -> Refusal:
    """What a refusal of Alpaca's means."""
    words = error.words.lower()
    for piece, kind in _SAID:
        if piece in words:
            return kind
    return Refusal.INSUFFICIENT_FUNDS if error.status == FUNDS else Refusal.OTHER
