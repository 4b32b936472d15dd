"""No new position on an old price."""

from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Age, Settings
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class StaleMark(Settings, frozen=True, kw_only=True):
    """``max_age_ns`` suits daily bars over a long weekend; set a few bar lengths for faster ones."""

    max_age_ns: Age = 5 * NS_PER_DAY


@risk_rule("stale_mark", StaleMark(), stage=1)
def stale_mark(order: Order, instrument: Instrument, view: OrderView, settings: StaleMark) -> RiskVerdict:
    """Refuse to open where there is no price, or none young enough. Closing needs no fresh price."""
    if view.reducing:
        return APPROVED
    marked = view.book.mark_ts.get(order.instrument_id)
    if marked is None or order.instrument_id not in view.book.mark_ticks:
        return Refused(rule="stale_mark", reason=f"{order.instrument_id} has no price yet.")
    age_ns = view.book.now_ns - marked
    if age_ns <= settings.max_age_ns:
        return APPROVED
    age_s, most_s = age_ns / NS_PER_S, settings.max_age_ns / NS_PER_S
    reason = f"The price of {order.instrument_id} is {age_s:.0f} s old; at most {most_s:.0f} s are allowed."
    return Refused(rule="stale_mark", reason=reason, figures={"age_s": age_s, "limit_s": most_s})
