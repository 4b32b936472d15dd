"""Orders, what brokers report of them, and the explicit state machine between the two.

An order is always one of its states::

    Pending ──accepted──► Working ──filled──► Filled
       │ │                  │  ▲ partly filled or replaced: still Working
       │ │ rejected         ├──canceled──► Canceled
       │ ▼                  └──expired───► Expired
       │ Rejected
       └──no answer──► Unknown ──any report──► as from Pending

A fill may overtake its own acknowledgement on a real wire, so ``Pending`` takes fills too. An order that was
sent and never answered is ``Unknown``: it may be on the venue's book, so it counts as open until the broker
has been asked. Anything else is an :class:`~tradewind.core.errors.OrderError`.
"""

import math
from enum import StrEnum

import msgspec

from tradewind.core.errors import OrderError
from tradewind.core.instruments import venue_of
from tradewind.core.market import Event
from tradewind.core.usual_words import usual_words
from tradewind.core.vocabulary import Contingency, Liquidity


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
    ``parent_id`` names the order that this one belongs to (the algorithm's order that it is a slice of, or
    the entry that it protects), ``group_id`` the orders that hang together by ``contingency``. ``tag`` is the
    strategy's own word on the order.
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
    account: str = "main"
    parent_id: str = ""
    group_id: str = ""
    contingency: Contingency = Contingency.NONE
    tag: str = ""
    trail_pct: float = 0.0
    """How far a trailing stop keeps from the price that it follows, in percent of it; 0 if it stays."""

    @property
    def venue(self) -> str:
        """Where the instrument trades."""
        return venue_of(self.instrument_id)

    @property
    def signed_lots(self) -> int:
        """Quantity with the sign of its side."""
        return self.quantity_lots if self.side is Side.BUY else -self.quantity_lots


ORDER_WORDS = usual_words(Order)
"""For :func:`~tradewind.core.usual_words.with_usual_words`: an order is kept in snapshots and in records."""


def validate_order(order: Order, *, negative_prices: bool = False) -> None:
    """Refuse an order that no venue could take; OrderError names the field.

    ``negative_prices``: whether the instrument's price may be nothing or less.
    """
    problem = _plain_word(order)
    if problem:
        raise _invalid(order, problem)
    if order.quantity_lots <= 0:
        problem = f"quantity_lots is {order.quantity_lots}, it must be positive"
    elif order.order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT) and order.limit_price_ticks is None:
        problem = f"a {order.order_type} order needs limit_price_ticks"
    elif order.order_type in (OrderType.STOP, OrderType.STOP_LIMIT) and order.stop_price_ticks is None:
        problem = f"a {order.order_type} order needs stop_price_ticks"
    elif not negative_prices and any(
        p is not None and p <= 0 for p in (order.limit_price_ticks, order.stop_price_ticks)
    ):
        problem = "prices must be positive"
    elif not 0.0 <= order.trail_pct < math.inf or (order.trail_pct and order.stop_price_ticks is None):
        problem = f"trail_pct is {order.trail_pct}, it must be 0, or above it for an order with a stop"
    elif order.contingency is Contingency.OTO and not order.parent_id:
        problem = "an order that waits for its parent must name it in parent_id"
    elif order.contingency is Contingency.OCO and not order.group_id:
        problem = "orders that cancel one another must share a group_id"
    if problem:
        raise _invalid(order, problem)


def _invalid(order: Order, problem: str) -> OrderError:
    message = f"Order {order.client_order_id} for {order.instrument_id} is not valid: {problem}."
    return OrderError(message, "Correct the order and decide again.")


def _plain_word(order: Order) -> str:
    """A word in the place of an enum would be taken for another one: ``"buy"`` is not ``Side.BUY``."""
    for name, kind in _ENUMS:
        word = getattr(order, name)
        if type(word) is not kind:
            return f"{name} is {word!r}, it must be of {kind.__name__}"
    return ""


_ENUMS = (
    ("side", Side),
    ("order_type", OrderType),
    ("time_in_force", TimeInForce),
    ("contingency", Contingency),
)

# What brokers report -------------------------------------------------------------------------


class BrokerReport(Event, frozen=True, kw_only=True):
    """Anything a broker says about one of our orders."""

    client_order_id: str
    instrument_id: str
    venue_order_id: str = ""
    account: str = "main"
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
    fee_currency: str = ""
    """What the commission is paid in; empty for the instrument's quote currency. Some venues take coins."""
    liquidity: Liquidity = Liquidity.UNKNOWN
    arrival_ticks: int = 0
    """Price when the order reached the market; 0 where nobody saw one."""
    slippage_bps: float = 0.0
    """Cost against the price at which the order arrived, positive when worse; for cost analysis."""


class OrderCanceled(BrokerReport, frozen=True, kw_only=True, gc=False, tag="order_canceled"):
    """The venue took the order off its book."""

    reason: str = ""


class OrderExpired(BrokerReport, frozen=True, kw_only=True, gc=False, tag="order_expired"):
    """The order's time in force ran out."""


class OrderReplaced(BrokerReport, frozen=True, kw_only=True, gc=False, tag="order_replaced"):
    """The venue changed the order on its book: amended as asked, or adjusted for a corporate action.

    ``quantity_lots`` is the whole order's, what is filled included.
    """

    quantity_lots: int
    limit_price_ticks: int | None = None
    stop_price_ticks: int | None = None
    filled_lots: int = 0
    """What counts as filled of it from now on; a split changes that as well."""
    reason: str = ""


class SubmissionUnknown(BrokerReport, frozen=True, kw_only=True, gc=False, tag="submission_unknown"):
    """Nobody knows whether the venue has the order: the answer did not come in time, or the line broke."""

    reason: str


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


class Unknown(OrderState, frozen=True, kw_only=True, gc=False, tag="unknown"):
    """Sent and not answered: it may be on the venue's book until the broker has been asked."""

    reason: str = ""


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


AnyOrderState = Pending | Unknown | Working | Filled | Canceled | Rejected | Expired
OPEN_STATES = (Pending, Unknown, Working)
UNANSWERED = (Pending, Unknown)


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
            case OrderRejected() if isinstance(state, UNANSWERED) and filled == 0:
                return Rejected(order=order, venue_order_id=venue_id, reason=report.reason)
            case SubmissionUnknown() if isinstance(state, Pending):
                return Unknown(order=order, filled_lots=filled, reason=report.reason)
            case OrderReplaced() if 0 <= report.filled_lots < report.quantity_lots:
                return _replaced(state, report)
            case _:
                pass
    message = (
        f"Order {state.order.client_order_id} is {type(state).__name__} with {state.filled_lots} of "
        f"{state.order.quantity_lots} lots filled; a report of {type(report).__name__} cannot follow."
    )
    raise OrderError(message, "New entries should halt until the order is reconciled with the broker.")


def _replaced(state: OrderState, report: OrderReplaced) -> AnyOrderState:
    order = msgspec.structs.replace(
        state.order,
        quantity_lots=report.quantity_lots,
        limit_price_ticks=report.limit_price_ticks,
        stop_price_ticks=report.stop_price_ticks,
    )
    venue_id = report.venue_order_id or state.venue_order_id
    return Working(order=order, filled_lots=report.filled_lots, venue_order_id=venue_id)
