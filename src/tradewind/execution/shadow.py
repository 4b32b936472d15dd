"""Where the orders of a shadow session go: nowhere. Each is recorded, and ended at once."""

from collections.abc import Iterable, Sequence

from tradewind.core.events import AnyEvent, Record
from tradewind.core.orders import BrokerReport, Order, OrderCanceled

SHADOW = "shadow: no order leaves this session"


class ShadowVenue:
    """A :class:`~tradewind.core.ports.SimulatedBroker` that takes no order and remembers nothing."""

    name = "shadow"
    external = False

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        """The order ends as it came."""
        return (
            OrderCanceled(
                ts_event=order.ts_decided,
                ts_recv=order.ts_decided,
                client_order_id=order.client_order_id,
                instrument_id=order.instrument_id,
                account=order.account,
                reason=SHADOW,
            ),
        )

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        """Nothing is ever open."""
        return ()

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        """Nothing trades."""
        return ()

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """Everything has been said."""
        return ()

    def rebuild(self, records: Iterable[Record | AnyEvent]) -> None:
        """There is nothing to stand up again."""

    def snapshot(self) -> bytes:
        """Nothing."""
        return b""

    def restore(self, state: bytes) -> None:
        """Nothing."""
