"""How an order stands at a venue, in one form for all brokers, and the reports that say so.

Each broker reads its own answers into :class:`VenueOrder` and :class:`VenueFill`; what is told of them, and
in which order, is the same for all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tradewind.core.instruments import Instrument
from tradewind.core.orders import (
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    Side,
)
from tradewind.core.vocabulary import Liquidity
from tradewind.execution.brokers.figures import at_price, cash_e8, nonsense


class End(StrEnum):
    """What became of an order; ``open`` while it may still fill."""

    OPEN = "open"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class VenueOrder:
    """An order as the venue has it, on the instrument's grid."""

    venue_order_id: str
    client_order_id: str
    instrument: Instrument
    side: Side
    lots: int
    filled_lots: int
    end: End
    ts_accepted: int
    ts_ended: int
    reason: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.filled_lots <= self.lots or self.lots == 0:
            message = f"order {self.venue_order_id} of {self.lots} lots has {self.filled_lots} lots filled"
            raise nonsense(message)


@dataclass(frozen=True, kw_only=True)
class VenueFill:
    """One fill; ``trade_id`` is unique over the account. ``fee`` is positive where it costs."""

    trade_id: str
    venue_order_id: str
    client_order_id: str
    instrument: Instrument
    side: Side
    lots: int
    price: Decimal
    ts_ns: int
    fee: Decimal = Decimal(0)
    fee_currency: str = ""
    liquidity: Liquidity = Liquidity.UNKNOWN

    def __post_init__(self) -> None:
        if self.lots <= 0 or (self.price <= 0 and not self.instrument.negative_prices):
            message = f"fill {self.trade_id} is of {self.lots} lots at {self.price}"
            raise nonsense(message)


def filled(fill: VenueFill, ts_recv: int) -> OrderFilled:
    """The report of a fill.

    A price between two ticks is told at the nearest, with the rest in the commission; a commission in another
    currency cannot take it up, and then it makes no sense.
    """
    ticks, cost = at_price(fill.price, fill.lots, fill.side, fill.instrument)
    in_quote = fill.fee_currency in ("", fill.instrument.quote_currency)
    if cost and fill.fee and not in_quote:
        message = f"fill {fill.trade_id} of {fill.instrument.id} is at {fill.price}, off its tick"
        raise nonsense(message)
    in_quote = in_quote or bool(cost)
    return OrderFilled(
        ts_event=fill.ts_ns,
        ts_recv=ts_recv,
        client_order_id=fill.client_order_id,
        instrument_id=fill.instrument.id,
        venue_order_id=fill.venue_order_id,
        trade_id=fill.trade_id,
        side=fill.side,
        quantity_lots=fill.lots,
        price_ticks=ticks,
        commission_e8=cash_e8(fill.fee) + cost,
        fee_currency="" if in_quote else fill.fee_currency,
        liquidity=fill.liquidity,
    )


def reports_of(order: VenueOrder, fills: Iterable[VenueFill], ts_recv: int) -> tuple[BrokerReport, ...]:
    """Accepted, the fills that are given in their order, and the end where there is one."""
    told: list[BrokerReport] = []
    if order.end is not End.REJECTED:
        told.append(accepted(order, ts_recv))
    told += [filled(fill, ts_recv) for fill in sorted(fills, key=lambda one: one.ts_ns)]
    ended = end_of(order, ts_recv)
    return (*told, *ended)


def accepted(order: VenueOrder, ts_recv: int) -> OrderAccepted:
    """The venue has it."""
    return OrderAccepted(
        ts_event=order.ts_accepted,
        ts_recv=ts_recv,
        client_order_id=order.client_order_id,
        instrument_id=order.instrument.id,
        venue_order_id=order.venue_order_id,
    )


def end_of(order: VenueOrder, ts_recv: int) -> Sequence[BrokerReport]:
    """The report of an order's end; none of one that is open or whose last fill says it."""
    kind = _ENDS.get(order.end)
    if kind is None:
        return ()
    reason = {} if kind is OrderExpired else {"reason": order.reason}
    return (
        kind(
            ts_event=order.ts_ended,
            ts_recv=ts_recv,
            client_order_id=order.client_order_id,
            instrument_id=order.instrument.id,
            venue_order_id=order.venue_order_id,
            **reason,
        ),
    )


_ENDS: dict[End, type[OrderCanceled] | type[OrderExpired] | type[OrderRejected]] = {
    End.CANCELED: OrderCanceled,
    End.EXPIRED: OrderExpired,
    End.REJECTED: OrderRejected,
}


def rejected(order: Order, reason: str, ts_ns: int) -> OrderRejected:
    """The report that an order of ours was refused and is nowhere."""
    return OrderRejected(
        ts_event=ts_ns,
        ts_recv=ts_ns,
        client_order_id=order.client_order_id,
        instrument_id=order.instrument_id,
        account=order.account,
        reason=reason,
    )


def require_same(order: Order, answer: VenueOrder) -> None:
    """BrokerError unless an answer speaks of the order that was sent."""
    wanted = (order.client_order_id, order.instrument_id, order.side, order.quantity_lots)
    given = (answer.client_order_id, answer.instrument.id, answer.side, answer.lots)
    for name, sent, told in zip(("name", "instrument", "side", "lots"), wanted, given, strict=True):
        if sent != told:
            message = f"order {order.client_order_id} was sent with {name} {sent} and came with {told}"
            raise nonsense(message)


def require_whole(order: VenueOrder, fills: Sequence[VenueFill]) -> None:
    """BrokerError unless the fills are all that the order says is filled; of an open one there may be more.

    An end that is told before a fill would lose it: such an answer is not used, and asked for again.
    """
    told = sum(fill.lots for fill in fills)
    most = order.lots if order.end is End.OPEN else order.filled_lots
    if not order.filled_lots <= told <= most:
        message = f"order {order.client_order_id} says {order.filled_lots} lots are filled, its fills {told}"
        raise nonsense(message)


def units(lots: int, instrument: Instrument) -> str:
    """Lots as an exact decimal for the wire, without an exponent."""
    return plain(Decimal(lots) * instrument.lot)


def price(ticks: int, instrument: Instrument) -> str:
    """Ticks as an exact decimal for the wire."""
    return plain(Decimal(ticks) * instrument.tick)


def plain(amount: Decimal) -> str:
    """A figure without needless zeros and without an exponent."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
