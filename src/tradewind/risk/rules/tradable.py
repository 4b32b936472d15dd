"""The instrument may be traded at all."""

from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Settings
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class Tradable(Settings, frozen=True, kw_only=True):
    """``blocked`` instruments can be closed but not opened."""

    blocked: frozenset[str] = frozenset()


@risk_rule("tradable", Tradable(), stage=0)
def tradable(order: Order, instrument: Instrument, view: OrderView, settings: Tradable) -> RiskVerdict:
    """Refuse what is only watched (an index), and new positions in a blocked instrument."""
    if not instrument.tradable:
        return Refused(rule="tradable", reason=f"{order.instrument_id} is watched only; it cannot be traded.")
    if order.instrument_id in settings.blocked and not view.reducing:
        return Refused(rule="tradable", reason=f"{order.instrument_id} is blocked for new positions.")
    return APPROVED
