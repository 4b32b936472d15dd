"""What an order becomes that the second gate refuses: a report, which the loop hears as any other."""

from tradewind.core.decisions import Refused
from tradewind.core.orders import Order, OrderRejected


def rejected_by_second_gate(order: Order, verdict: Refused) -> OrderRejected:
    """An ``OrderRejected`` whose reason begins with ``second gate:`` and names the gate's rule."""
    return OrderRejected(
        ts_event=order.ts_decided,
        ts_recv=order.ts_decided,
        client_order_id=order.client_order_id,
        instrument_id=order.instrument_id,
        account=order.account,
        reason=f"second gate: {verdict.rule.removeprefix('last_look_')}: {verdict.reason}",
    )
