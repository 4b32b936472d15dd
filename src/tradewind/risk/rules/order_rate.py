"""Not more orders a minute than anyone meant to send."""

from bisect import bisect_right

from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Count, Settings
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class OrderRate(Settings, frozen=True, kw_only=True):
    """Most orders in any 60 seconds, this one included."""

    per_minute: Count = 300


@risk_rule("order_rate", OrderRate(), stage=1)
def order_rate(order: Order, instrument: Instrument, view: OrderView, settings: OrderRate) -> RiskVerdict:
    """Refuse when the last minute is full. Closing is never held up."""
    if view.reducing:
        return APPROVED
    times = view.book.order_times_ns
    if len(times) < settings.per_minute:
        return APPROVED
    recent = len(times) - bisect_right(times, view.book.now_ns - NS_PER_MINUTE)
    if recent < settings.per_minute:
        return APPROVED
    reason = f"{recent} orders left in the last minute; {settings.per_minute} are allowed."
    return Refused(
        rule="order_rate",
        reason=reason,
        figures={"orders": float(recent), "limit": float(settings.per_minute)},
    )
