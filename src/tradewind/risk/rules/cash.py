"""Buying takes cash that is there."""

from tradewind.core.book import in_base
from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.money import CASH_SCALE, notional_e8
from tradewind.core.orders import Order, Side
from tradewind.core.settings import Limit, Settings
from tradewind.kernels.limits import cap_e8
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class Cash(Settings, frozen=True, kw_only=True):
    """``borrow`` is how far cash may go under zero, as a fraction of equity; above 0 only with leverage."""

    borrow: Limit = 0.0


@risk_rule("cash", Cash(), stage=3, needs_exposure=True)
def cash(order: Order, instrument: Instrument, view: OrderView, settings: Cash) -> RiskVerdict:
    """Refuse a buy that all cash of its account, in the base currency and after all open buys, does not
    cover.

    Open buys are taken at their marks and this one at the worse of mark and limit; fees are not counted.
    """
    if order.side is not Side.BUY:
        return APPROVED
    book = view.book
    free = -view.exposures.pending_buys_e8
    for currency, ledger in book.accounts.get(order.account, {}).items():
        amount = ledger.cash_e8
        if amount and currency != book.base_currency and currency not in book.rates:
            reason = f"Cash in {currency} cannot be valued: there is no rate to {book.base_currency}."
            return Refused(rule="cash", reason=reason)
        free += in_base(book, amount, currency)
    marked = in_base(book, _at_mark(view), instrument.quote_currency)
    free -= view.order_value_e8() - marked
    allowed = cap_e8(book.equity_e8, settings.borrow)
    if free >= -allowed:
        return APPROVED
    reason = (
        f"The buy would leave {free / CASH_SCALE:z.2f} in cash; {-allowed / CASH_SCALE:z.2f} is the least."
    )
    return Refused(
        rule="cash", reason=reason, figures={"cash": free / CASH_SCALE, "least": -allowed / CASH_SCALE}
    )


def _at_mark(view: OrderView) -> int:
    return notional_e8(
        view.book.mark_ticks[view.order.instrument_id], view.order.quantity_lots, view.instrument.ratio
    )
