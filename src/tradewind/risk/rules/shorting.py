"""No selling of what is not held, where that is not allowed."""

from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Settings
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class Shorting(Settings, frozen=True, kw_only=True):
    """``allowed`` False forbids every short, also where the instrument would permit it."""

    allowed: bool = True


@risk_rule("shorting", Shorting(), stage=1)
def shorting(order: Order, instrument: Instrument, view: OrderView, settings: Shorting) -> RiskVerdict:
    """Refuse a sale that, with all open sales, would leave less than nothing."""
    if view.after_lots >= 0 or view.reducing or (instrument.shortable and settings.allowed):
        return APPROVED
    reason = (
        f"Selling {order.quantity_lots} lots would leave {view.after_lots}; "
        f"{order.instrument_id} is not shorted."
    )
    return Refused(rule="shorting", reason=reason, figures={"after_lots": float(view.after_lots)})
