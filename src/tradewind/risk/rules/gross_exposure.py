"""Longs and shorts together stay within a share of equity."""

from tradewind.core.decisions import RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Limit, Settings
from tradewind.risk.breach import within
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class GrossExposure(Settings, frozen=True, kw_only=True):
    """Largest gross exposure as a fraction of equity."""

    limit: Limit = 1.0


@risk_rule("gross_exposure", GrossExposure(), stage=3, needs_exposure=True)
def gross_exposure(
    order: Order, instrument: Instrument, view: OrderView, settings: GrossExposure
) -> RiskVerdict:
    """Refuse what would take the gross exposure past its limit."""
    gross = view.exposures.gross_e8
    return within("gross_exposure", "Gross exposure", gross, settings.limit, view.book.equity_e8)
