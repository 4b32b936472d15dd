"""A reduce-only order has something to reduce."""

from tradewind.core.book import Book, held_lots, key_of
from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Settings
from tradewind.core.vocabulary import Contingency
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class ReduceOnly(Settings, frozen=True, kw_only=True):
    """No settings."""


@risk_rule("reduce_only", ReduceOnly(), stage=0)
def reduce_only(order: Order, instrument: Instrument, view: OrderView, settings: ReduceOnly) -> RiskVerdict:
    """Refuse a reduce-only order that is larger than the position or on its own side.

    Not every venue enforces the flag; there such an order would open what it promised not to. One that waits
    for its parent is held against what the parent brings, less what its other children may take of that.
    """
    if not order.reduce_only:
        return APPROVED
    held = held_lots(view.book, key_of(order))
    if order.contingency is Contingency.OTO:
        held = _after_parent(order, view.book, held)
    if held * order.signed_lots < 0 and order.quantity_lots <= abs(held):
        return APPROVED
    reason = f"A reduce-only {order.side} of {order.quantity_lots} lots does not reduce a position of {held}."
    figures = {"position_lots": float(held), "order_lots": float(order.quantity_lots)}
    return Refused(rule="reduce_only", reason=reason, figures=figures)


def _after_parent(order: Order, book: Book, held: int) -> int:
    """What the holder has once the parent has filled, where that is an order of its own."""
    parent = book.open_orders.get(order.parent_id)
    if parent is None or parent.order.reduce_only or key_of(parent.order) != key_of(order):
        after = held  # what only closes brings nothing that could be protected
    else:
        opens = parent.order.side.sign * parent.remaining_lots
        # An entry in the other direction follows the close of what is held.
        after = opens + (held if held * opens > 0 else 0)
    left = max(0, abs(after) - _taken(order, book))
    return left if after > 0 else -left


def _taken(order: Order, book: Book) -> int:
    """Lots that the parent's other children may take; those of one group count once."""
    taken: dict[str, int] = {}
    for state in book.open_orders.values():
        other = state.order
        if other.contingency is not Contingency.OTO or other.parent_id != order.parent_id:
            continue
        if other.reduce_only and not (other.group_id and other.group_id == order.group_id):
            group = other.group_id or other.client_order_id
            taken[group] = max(taken.get(group, 0), state.remaining_lots)
    return sum(taken.values())
