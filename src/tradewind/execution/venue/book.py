"""The simulated venue's own book: orders that rest, positions, and reports of what changes of an order."""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from tradewind.core.book import PositionKey, key_of
from tradewind.core.orders import Order, OrderAccepted, OrderCanceled, OrderExpired, OrderReplaced
from tradewind.execution.venue.resting import Resting, VenueState


class VenueBook:
    """Orders by instrument in the order in which they came, and signed lots by holder."""

    def __init__(self, positions: Mapping[PositionKey, int]) -> None:
        self.state = VenueState(positions=dict(positions))
        self._instrument_of: dict[str, str] = {}
        self._linked: dict[str, None] = {}

    def orders(self, instrument_id: str) -> dict[str, Resting]:
        """What rests of one instrument, by client order id; empty where nothing does."""
        return self.state.resting.get(instrument_id) or {}

    def find(self, client_order_id: str) -> Resting | None:
        """The order of that id, where it rests."""
        instrument_id = self._instrument_of.get(client_order_id)
        return None if instrument_id is None else self.state.resting[instrument_id][client_order_id]

    def enter(self, resting: Resting) -> None:
        """Put an order on the book."""
        order = resting.order
        self._instrument_of[order.client_order_id] = order.instrument_id
        self.state.resting.setdefault(order.instrument_id, {})[order.client_order_id] = resting
        if order.parent_id or order.group_id:
            self._linked[order.client_order_id] = None

    def remove(self, resting: Resting) -> None:
        """Take an order off; how much of it was filled stays known."""
        client_id = resting.order.client_order_id
        del self.state.resting[self._instrument_of.pop(client_id)][client_id]
        self._linked.pop(client_id, None)
        self.state.seen[client_id] = resting.filled_lots

    def linked(self) -> Iterator[Resting]:
        """Orders that have a parent or a group, in the order in which they came."""
        for client_id in list(self._linked):
            resting = self.find(client_id)
            if resting is not None:
                yield resting

    def has_links(self) -> bool:
        """Whether any order on the book has a parent or a group."""
        return bool(self._linked)

    def held(self, resting: Resting) -> int:
        """Signed lots of the order's holder."""
        return self.state.positions.get(key_of(resting.order), 0)

    def move(self, resting: Resting, signed_lots: int) -> None:
        """Add to the position of the order's holder."""
        own = key_of(resting.order)
        self.state.positions[own] = self.state.positions.get(own, 0) + signed_lots

    def taken(self) -> VenueState:
        """The whole state in one order, for a snapshot."""
        state = self.state
        return VenueState(
            now_ns=state.now_ns,
            seen=dict(sorted(state.seen.items())),
            resting={name: orders for name, orders in sorted(state.resting.items()) if orders},
            positions={own: lots for own, lots in sorted(state.positions.items()) if lots},
            finest=dict(sorted(state.finest.items())),
        )

    def become(self, state: VenueState) -> None:
        """Go on from a state that was kept."""
        self.state = state
        self._instrument_of = {i: name for name, orders in state.resting.items() for i in orders}
        resting = [r for orders in state.resting.values() for r in orders.values()]
        linked = [r for r in resting if r.order.parent_id or r.order.group_id]
        self._linked = {r.order.client_order_id: None for r in linked}


class _About(TypedDict):
    """What every report says of its order."""

    ts_event: int
    ts_recv: int
    client_order_id: str
    instrument_id: str
    account: str
    venue_order_id: str


def _about(order: Order, ts_ns: int) -> _About:
    return _About(
        ts_event=ts_ns,
        ts_recv=ts_ns,
        client_order_id=order.client_order_id,
        instrument_id=order.instrument_id,
        account=order.account,
        venue_order_id=f"sim-{order.client_order_id}",
    )


def accepted(order: Order, ts_ns: int) -> OrderAccepted:
    """The report that the venue has the order."""
    return OrderAccepted(**_about(order, ts_ns))


def canceled(resting: Resting, ts_ns: int, reason: str) -> OrderCanceled:
    """The report that an order was taken off the book."""
    return OrderCanceled(**_about(resting.order, ts_ns), reason=reason)


def expired(resting: Resting, ts_ns: int) -> OrderExpired:
    """The report that an order's time ran out."""
    return OrderExpired(**_about(resting.order, ts_ns))


def replaced(resting: Resting, ts_ns: int, reason: str) -> OrderReplaced:
    """The report of an order as it stands now, after something but a fill has changed it."""
    return OrderReplaced(
        **_about(resting.order, ts_ns),
        quantity_lots=resting.filled_lots + resting.remaining_lots,
        limit_price_ticks=resting.limit_ticks,
        stop_price_ticks=resting.stop_ticks,
        filled_lots=resting.filled_lots,
        reason=reason,
    )
