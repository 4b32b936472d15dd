"""One day's value at risk of the whole book stays within a budget."""

from typing import Annotated

import msgspec

from tradewind.core.book import Book
from tradewind.core.daily_closes import KEPT_DAYS
from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Limit, Settings
from tradewind.risk.book_var import LEAST_DAYS, VarMethod, book_returns, value_at_risk
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class ValueAtRisk(Settings, frozen=True, kw_only=True):
    """``limit`` as a fraction of equity; 0 holds nothing against it, and it is only reported.

    ``window`` counts daily returns, of which the book keeps 252.
    """

    limit: Limit = 0.0
    level: Annotated[float, msgspec.Meta(gt=0.5, lt=1.0)] = 0.99
    method: VarMethod = VarMethod.HISTORICAL
    window: Annotated[int, msgspec.Meta(ge=LEAST_DAYS, lt=KEPT_DAYS)] = 252


@risk_rule("value_at_risk", ValueAtRisk(), stage=4, needs_exposure=True)
def value_at_risk_budget(
    order: Order, instrument: Instrument, view: OrderView, settings: ValueAtRisk
) -> RiskVerdict:
    """Refuse what would take the book's value at risk past its budget, or make it unknown; a hedge that
    lowers it passes.
    """
    if settings.limit <= 0.0:
        return APPROVED
    before, after = _lots(view.book, order)
    returns = book_returns(view.book, after, settings.window)
    if returns.problem:
        reason = f"The value at risk is unknown: {returns.problem}."
        return Refused(rule="value_at_risk", reason=reason)
    risk = value_at_risk(returns, settings.level, settings.method)
    if risk <= settings.limit:
        return APPROVED
    today = book_returns(view.book, before, settings.window)
    if not today.problem and risk <= value_at_risk(today, settings.level, settings.method):
        return APPROVED
    reason = f"Value at risk would be {risk:.2%} of equity in a day; {settings.limit:.2%} is allowed."
    figures = {
        "value_at_risk": risk,
        "limit": settings.limit,
        "level": settings.level,
        "days": float(len(returns.table)),
    }
    return Refused(rule="value_at_risk", reason=reason, figures=figures)


def _lots(book: Book, order: Order) -> tuple[dict[str, int], dict[str, int]]:
    """Signed lots by instrument with all open orders filled, without the order and with it.

    Of the order's own instrument only open orders of its side count: what may not fill is no hedge for it.
    """
    lots = dict(book.net_lots)
    for state in book.open_orders.values():
        waiting = state.order
        same = waiting.instrument_id == order.instrument_id
        if waiting.reduce_only or (same and waiting.side is not order.side):
            continue
        signed = waiting.side.sign * state.remaining_lots
        lots[waiting.instrument_id] = lots.get(waiting.instrument_id, 0) + signed
    after = dict(lots)
    after[order.instrument_id] = after.get(order.instrument_id, 0) + order.signed_lots
    return lots, after
