"""One client order id, one order."""

from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Settings
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class DuplicateOrder(Settings, frozen=True, kw_only=True):
    """No settings."""


@risk_rule("duplicate_order", DuplicateOrder(), stage=0)
def duplicate_order(
    order: Order, instrument: Instrument, view: OrderView, settings: DuplicateOrder
) -> RiskVerdict:
    """Refuse an id that an open order already has; the second gate remembers closed ones too."""
    if order.client_order_id in view.book.open_orders:
        reason = f"An open order already has the id {order.client_order_id}."
        return Refused(rule="duplicate_order", reason=reason)
    return APPROVED
