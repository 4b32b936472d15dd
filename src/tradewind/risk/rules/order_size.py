"""No single order larger than a share of the account."""

from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.money import CASH_SCALE
from tradewind.core.orders import Order
from tradewind.core.settings import Amount, Limit, Settings
from tradewind.kernels.limits import cap_e8
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class OrderSize(Settings, frozen=True, kw_only=True):
    """``limit`` as a fraction of equity; ``notional`` in whole base currency, 0 for none."""

    limit: Limit = 0.50
    notional: Amount = 0.0


@risk_rule("order_size", OrderSize(), stage=2, needs_exposure=True)
def order_size(order: Order, instrument: Instrument, view: OrderView, settings: OrderSize) -> RiskVerdict:
    """Refuse an order worth more than the cap at its mark (or its limit price, when that is higher)."""
    value = view.order_value_e8()
    cap = cap_e8(view.book.equity_e8, settings.limit)
    if settings.notional > 0.0:
        cap = min(cap, int(settings.notional * CASH_SCALE))
    if value <= cap:
        return APPROVED
    reason = f"The order is worth {value / CASH_SCALE:.2f}; an order may be {cap / CASH_SCALE:.2f}."
    figures = {"value": value / CASH_SCALE, "cap": cap / CASH_SCALE}
    return Refused(rule="order_size", reason=reason, figures=figures)
