"""What a broker outside says again, so that only news enters the journal.

Brokers say things twice: by stream and when they are asked, and at each question everything since a moment
some time ago. What the loop's bounded memory does not know any more is looked up in the journal, once.
"""

from collections.abc import Callable, Iterable

from tradewind.core.orders import (
    BrokerReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Pending,
    SubmissionUnknown,
    Working,
)
from tradewind.engine.state import EngineState

Ids = Iterable[str]

ENDS = (OrderCanceled, OrderExpired, OrderRejected)
"""Reports after which an order is not open any more, besides its last fill."""


class ToldBefore:
    """Tells news from what was said before.

    Parameters
    ----------
    fills, orders
        Trade ids of all fills in the journal, and client order ids of all orders that were ever requested;
        each is asked for at most once, when something is said that the loop's memory does not know.
    """

    def __init__(self, fills: Callable[[], Ids] = tuple, orders: Callable[[], Ids] = tuple) -> None:
        self._read_fills, self._read_orders = fills, orders
        self._fills: set[str] | None = None
        self._orders: set[str] | None = None

    def is_news(self, state: EngineState, report: BrokerReport) -> bool:
        """Whether the loop should hear it. A report of an order that nobody here ever sent is news."""
        current = state.book.open_orders.get(report.client_order_id)
        match report:
            case OrderFilled():
                return not self._is_booked(state, report)
            case OrderAccepted():
                if current is None:
                    return report.client_order_id in state.ended_short or not self._is_ours(state, report)
                return not isinstance(current, Working)
            case OrderCanceled() | OrderExpired() | OrderRejected():
                return current is not None  # the end of an order that is not open changes nothing
            case OrderReplaced():
                if current is None:
                    return False
                order = current.order
                new = (report.quantity_lots, report.limit_price_ticks, report.stop_price_ticks)
                return new != (order.quantity_lots, order.limit_price_ticks, order.stop_price_ticks)
            case SubmissionUnknown():
                return isinstance(current, Pending)
        return True

    def heard(self, report: BrokerReport) -> None:
        """The loop takes it."""
        if self._fills is not None and isinstance(report, OrderFilled):
            self._fills.add(report.trade_id)

    def _is_booked(self, state: EngineState, fill: OrderFilled) -> bool:
        if fill.trade_id in state.seen_trades:
            return True
        current = state.book.open_orders.get(fill.client_order_id)
        if current is not None and current.filled_lots == 0:
            return False  # nothing of it can have been forgotten
        if self._fills is None:
            self._fills = set(self._read_fills())
        return fill.trade_id in self._fills

    def _is_ours(self, state: EngineState, report: BrokerReport) -> bool:
        if report.client_order_id in state.closed_orders:
            return True
        if self._orders is None:
            self._orders = set(self._read_orders())
        return report.client_order_id in self._orders


def without_ended(reports: Iterable[BrokerReport]) -> list[BrokerReport]:
    """One answer's reports without the acceptance of orders whose end stands in it too."""
    said = list(reports)
    ended = {report.client_order_id for report in said if isinstance(report, ENDS)}
    fills = {r.client_order_id for r in said if isinstance(r, OrderFilled)}
    return [
        report
        for report in said
        if not (isinstance(report, OrderAccepted) and report.client_order_id in ended - fills)
    ]
