"""A limit price near the market: what stops a typing error or a wrong unit."""

from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order, OrderType, Side
from tradewind.core.settings import Limit, Settings
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class PriceCollar(Settings, frozen=True, kw_only=True):
    """How far a limit may lie from the mark, as a fraction of it.

    ``through`` is for prices that give money away (a buy above the mark), ``away`` for prices that wait.
    """

    through: Limit = 0.05
    away: Limit = 0.50


@risk_rule("price_collar", PriceCollar(), stage=1)
def price_collar(order: Order, instrument: Instrument, view: OrderView, settings: PriceCollar) -> RiskVerdict:
    """Refuse a limit price outside the collar; a stop-limit is held against its own stop price.

    Market orders pass, so closing is always possible.
    """
    limit = order.limit_price_ticks
    if limit is None:
        return APPROVED
    anchor = view.book.mark_ticks.get(order.instrument_id)
    if order.order_type is OrderType.STOP_LIMIT:
        anchor = order.stop_price_ticks
    if not anchor:
        return Refused(
            rule="price_collar", reason=f"{order.instrument_id} has no price to hold a limit against."
        )
    gap = (limit - anchor) / anchor
    through = gap if order.side is Side.BUY else -gap
    if -settings.away <= through <= settings.through:
        return APPROVED
    most = settings.through if through > 0 else settings.away
    reason = (
        f"The limit price {limit} ticks is {abs(gap):.2%} from {anchor} ticks; at most {most:.2%} is allowed."
    )
    figures = {"gap": gap, "limit": most, "anchor_ticks": float(anchor)}
    return Refused(rule="price_collar", reason=reason, figures=figures)
