"""Not more traded in a day than anyone meant to."""

from tradewind.core.decisions import RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Limit, Settings
from tradewind.risk.breach import within
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class Turnover(Settings, frozen=True, kw_only=True):
    """Largest value traded in a day as a fraction of equity."""

    limit: Limit = 4.0


@risk_rule("turnover", Turnover(), stage=3, needs_exposure=True)
def turnover(order: Order, instrument: Instrument, view: OrderView, settings: Turnover) -> RiskVerdict:
    """Refuse an order that would take the day's turnover past its limit."""
    traded = view.book.turnover_today_e8 + view.order_value_e8()
    return within("turnover", "Turnover of the day", traded, settings.limit, view.book.equity_e8)
