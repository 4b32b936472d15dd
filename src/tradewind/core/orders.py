"""Orders, what brokers report of them, and the explicit state machine between the two.

An order is always one of its states::

    Pending ──accepted──► Working ──filled──► Filled
       │                    │  ▲ partly filled: still Working
       │ rejected           ├──canceled──► Canceled
       ▼                    └──expired───► Expired
    Rejected

A fill may overtake its own acknowledgement on a real wire, so ``Pending`` takes fills too. Anything else
is an :class:`~tradewind.core.errors.OrderError`.
"""

from enum import StrEnum

import msgspec

from tradewind.core.errors import OrderError
from tradewind.core.market import Event


class Side(StrEnum):
    """Direction of an order; quantities on orders are unsigned."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 to buy, -1 to sell."""
        return 1 if self is Side.BUY else -1


class OrderType(StrEnum):
    """How an order may be filled."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


class TimeInForce(StrEnum):
    """How long an order lives."""

    DAY = "day"
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A wish to trade, exact on the instrument's grid.

    ``client_order_id`` is made from the decision, so that the same decision never becomes two orders.
    """

    client_order_id: str
    decision_id: str
    strategy: str
    instrument_id: str
    side: Side
    quantity_lots: int
    order_type: OrderType = OrderType.MARKET
    limit_price_ticks: int | None = None
    stop_price_ticks: int | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    ts_decided: int = 0

    @property
    def signed_lots(self) -> int:
        """Quantity with the sign of its side."""
        return self.quantity_lots if self.side is Side.BUY else -self.quantity_lots


def validate_order(order: Order) -> None:
    """Refuse an order that no venue could take; OrderError names the field."""
    problem = ""
    if order.quantity_lots <= 0:
        problem = f"quantity_lots is {order.quantity_lots}, it must be positive"
    elif order.order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT) and order.limit_price_ticks is None:
        problem = f"a {order.order_type} order needs limit_price_ticks"
    elif order.order_type in (OrderType.STOP, OrderType.STOP_LIMIT) and order.stop_price_ticks is None:
        problem = f"a {order.order_type} order needs stop_price_ticks"
    elif any(p is not None and p <= 0 for p in (order.limit_price_ticks, order.stop_price_ticks)):
        problem = "prices must be positive"
    if problem:
        message = f"Order {order.client_order_id} for {order.instrument_id} is not valid: {problem}."
        raise OrderError(message, "Correct the order and decide again.")


# What brokers report -------------------------------------------------------------------------


class BrokerReport(Event, frozen=True, kw_only=True):
    """Anything a broker says about one of our orders."""

    client_order_id: str
    instrument_id: str
    venue_order_id: str = ""
    ts_recv: int = 0


class OrderAccepted(BrokerReport, frozen=True, kw_only=True, gc=False, tag="order_accepted"):
    """The venue has the order."""


class OrderRejected(BrokerReport, frozen=True, kw_only=True, gc=False, tag="order_rejected"):
    """The venue refused the order."""

    reason: str


class OrderFilled(BrokerReport, frozen=True, kw_only=True, gc=False, tag="order_filled"):
    """One fill, whole or partial. ``trade_id`` is the venue's; a repeated one is ignored."""

    trade_id: str
    side: Side
    quantity_lots: int
    price_ticks: int
    commission_e8: int = 0
    slippage_bps: float = 0.0
    """Cost against the price at which the order arrived, positive when worse; for cost analysis."""


class OrderCanceled(BrokerReport, frozen=True, kw_only=True, gc=False, tag="order_canceled"):
    """The venue took the order off its book."""

    reason: str = ""


class OrderExpired(BrokerReport, frozen=True, kw_only=True, gc=False, tag="order_expired"):
    """The order's time in force ran out."""


# States --------------------------------------------------------------------------------------


class OrderState(msgspec.Struct, frozen=True, kw_only=True, tag_field="state", gc=False):
    """Root of the states; each carries the order and what is filled of it so far."""

    order: Order
    filled_lots: int = 0
    venue_order_id: str = ""

    @property
    def remaining_lots(self) -> int:
        """Unfilled quantity."""
        return self.order.quantity_lots - self.filled_lots


class Pending(OrderState, frozen=True, kw_only=True, gc=False, tag="pending"):
    """Decided and on its way; nothing heard yet."""


class Working(OrderState, frozen=True, kw_only=True, gc=False, tag="working"):
    """On the venue's book, perhaps partly filled."""


class Filled(OrderState, frozen=True, kw_only=True, gc=False, tag="filled"):
    """Filled whole."""


class Canceled(OrderState, frozen=True, kw_only=True, gc=False, tag="canceled"):
    """Taken off the book."""

    reason: str = ""


class Rejected(OrderState, frozen=True, kw_only=True, gc=False, tag="rejected"):
    """Refused by the venue."""

    reason: str = ""


class Expired(OrderState, frozen=True, kw_only=True, gc=False, tag="expired"):
    """Ran out of time."""


AnyOrderState = Pending | Working | Filled | Canceled | Rejected | Expired
OPEN_STATES = (Pending, Working)


def advance_order(state: AnyOrderState, report: BrokerReport) -> AnyOrderState:
    """The order's next state after ``report``; OrderError when the step is illegal."""
    if isinstance(state, OPEN_STATES):
        order, filled = state.order, state.filled_lots
        venue_id = report.venue_order_id or state.venue_order_id
        match report:
            case OrderAccepted():
                return Working(order=order, filled_lots=filled, venue_order_id=venue_id)
            case OrderFilled() if 0 < report.quantity_lots <= state.remaining_lots:
                filled += report.quantity_lots
                kind = Filled if filled == order.quantity_lots else Working
                return kind(order=order, filled_lots=filled, venue_order_id=venue_id)
            case OrderCanceled():
                return Canceled(
                    order=order, filled_lots=filled, venue_order_id=venue_id, reason=report.reason
                )
            case OrderExpired():
                return Expired(order=order, filled_lots=filled, venue_order_id=venue_id)
            case OrderRejected() if isinstance(state, Pending) and filled == 0:
                return Rejected(order=order, venue_order_id=venue_id, reason=report.reason)
            case _:
                pass
    message = (
        f"Order {state.order.client_order_id} is {type(state).__name__} with {state.filled_lots} of "
        f"{state.order.quantity_lots} lots filled; a report of {type(report).__name__} cannot follow."
    )
    raise OrderError(message, "New entries should halt until the order is reconciled with the broker.")
