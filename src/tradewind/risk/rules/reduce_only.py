"""A reduce-only order has something to reduce."""

from tradewind.core.book import held_lots, key_of
from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Settings
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class ReduceOnly(Settings, frozen=True, kw_only=True):
    """No settings."""


@risk_rule("reduce_only", ReduceOnly(), stage=0)
def reduce_only(order: Order, instrument: Instrument, view: OrderView, settings: ReduceOnly) -> RiskVerdict:
    """Refuse a reduce-only order that is larger than the position or on its own side.

    Not every venue enforces the flag; there such an order would open what it promised not to.
    """
    if not order.reduce_only:
        return APPROVED
    held = held_lots(view.book, key_of(order))
    if held * order.signed_lots < 0 and order.quantity_lots <= abs(held):
        return APPROVED
    reason = f"A reduce-only {order.side} of {order.quantity_lots} lots does not reduce a position of {held}."
    figures = {"position_lots": float(held), "order_lots": float(order.quantity_lots)}
    return Refused(rule="reduce_only", reason=reason, figures=figures)
