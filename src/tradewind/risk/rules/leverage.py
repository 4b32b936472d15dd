"""Leverage: the account's own ceiling and each class's; the lowest always wins."""

from tradewind.core.decisions import APPROVED, RiskVerdict
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.orders import Order
from tradewind.core.settings import Limit, Settings
from tradewind.risk.breach import within
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class Leverage(Settings, frozen=True, kw_only=True):
    """Gross exposure over equity: ``account`` for everything, the others for their class alone."""

    account: Limit = 1.0
    crypto: Limit = 3.0
    equity: Limit = 4.0
    fx: Limit = 10.0

    def of(self, group: str) -> float:
        """Ceiling of a class group."""
        if group == "crypto":
            return self.crypto
        return self.fx if group == "fx" else self.equity


@risk_rule("leverage", Leverage(), stage=3, needs_exposure=True)
def leverage(order: Order, instrument: Instrument, view: OrderView, settings: Leverage) -> RiskVerdict:
    """Refuse what would pass the account's ceiling, or its class's."""
    group = class_group(instrument.asset_class)
    equity, exposures = view.book.equity_e8, view.exposures
    verdict = within("leverage", "Leverage", exposures.gross_e8, settings.account, equity)
    if verdict is not APPROVED:
        return verdict
    in_class = exposures.by_class.get(group, 0)
    return within("leverage", f"Leverage in {group}", in_class, settings.of(group), equity)
