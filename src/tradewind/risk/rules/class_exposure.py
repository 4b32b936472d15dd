"""No asset class larger than its share."""

from tradewind.core.decisions import RiskVerdict
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.orders import Order
from tradewind.core.settings import Limit, Settings
from tradewind.risk.breach import within
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class ClassExposure(Settings, frozen=True, kw_only=True):
    """Largest gross exposure of a class as a fraction of equity."""

    crypto: Limit = 1.0
    equity: Limit = 1.0
    fx: Limit = 1.0

    def of(self, group: str) -> float:
        """Limit of a class group."""
        if group == "crypto":
            return self.crypto
        return self.fx if group == "fx" else self.equity


@risk_rule("class_exposure", ClassExposure(), stage=3, needs_exposure=True)
def class_exposure(
    order: Order, instrument: Instrument, view: OrderView, settings: ClassExposure
) -> RiskVerdict:
    """Refuse what would take the whole class past its limit."""
    group = class_group(instrument.asset_class)
    exposure = view.exposures.by_class.get(group, 0)
    return within("class_exposure", f"Exposure to {group}", exposure, settings.of(group), view.book.equity_e8)
