"""No position larger than its class allows."""

from tradewind.core.decisions import RiskVerdict
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.orders import Order
from tradewind.core.settings import Limit, Settings
from tradewind.risk.breach import within
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class PositionLimit(Settings, frozen=True, kw_only=True):
    """Largest position as a fraction of equity, by class."""

    crypto: Limit = 0.20
    equity: Limit = 0.25
    fx: Limit = 0.25

    def of(self, group: str) -> float:
        """Limit of a class group."""
        if group == "crypto":
            return self.crypto
        return self.fx if group == "fx" else self.equity


@risk_rule("position_limit", PositionLimit(), stage=3, needs_exposure=True)
def position_limit(
    order: Order, instrument: Instrument, view: OrderView, settings: PositionLimit
) -> RiskVerdict:
    """Refuse a position that, with all open orders of the instrument, would pass its class's limit."""
    limit = settings.of(class_group(instrument.asset_class))
    what = f"The position in {order.instrument_id}"
    return within("position_limit", what, view.exposures.instrument_e8, limit, view.book.equity_e8)
