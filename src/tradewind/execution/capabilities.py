"""What each broker can do, as data, and whether an order is within it.

What a broker lacks is said in other words where that changes nothing (:func:`fitted`), else refused by name
(:class:`CapabilityGate`, before every other limit). Each row names the provider's own page on it; no row has
been tried against a live account.
"""

from collections.abc import Mapping

import msgspec

from tradewind.core.book import Book, held_lots, key_of
from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.minimum_notional import above_maximum, order_below_minimum
from tradewind.core.orders import Order, OrderType, Side, TimeInForce
from tradewind.core.ports import OrderGate
from tradewind.core.vocabulary import Contingency

DAY, GTC, IOC, FOK = TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK


STOP_ROOM = 0.05
"""Part of a stop's price that its limit lies beyond it, where a broker takes only stops with a limit."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """One market of one broker."""

    name: str
    times_in_force: Mapping[OrderType, tuple[TimeInForce, ...]]
    """Order types that it takes, each with its times in force."""
    shorting: bool
    fractions: bool
    fraction_times: tuple[TimeInForce, ...] = (DAY, GTC, IOC, FOK)
    """Times in force of an order for a part of a unit."""
    brackets: bool = False
    """Takes orders in groups: one cancels the other, and an entry with its stop and target as one. Brokers
    outside do in one request alone, and orders leave here one by one: a stop then comes after its entry."""
    trailing_stop: bool = False
    reduce_only: bool = False
    """Itself keeps an order from opening a position."""
    hours: str = "24/7"
    """``24/7``, ``24/5``, ``exchange``, or ``data`` where it trades whenever there is data."""
    holds_shares: bool = False
    """A resting sale blocks its shares for others: cancel it, hear of it, then close."""
    source: str


CAPABILITIES: Mapping[str, Capabilities] = {
    row.name: row
    for row in (
        Capabilities(
            name="simulated",
            times_in_force={
                OrderType.MARKET: (DAY, GTC, IOC, FOK),
                OrderType.LIMIT: (DAY, GTC, IOC, FOK),
                OrderType.STOP: (DAY, GTC),
                OrderType.STOP_LIMIT: (DAY, GTC),
            },
            shorting=True,
            fractions=True,
            brackets=True,
            reduce_only=True,
            hours="data",
            source="tradewind.execution.venue",
        ),
        Capabilities(
            name="alpaca-stocks",
            times_in_force={
                OrderType.MARKET: (DAY, GTC, IOC, FOK),
                OrderType.LIMIT: (DAY, GTC, IOC, FOK),
                OrderType.STOP: (DAY, GTC),
                OrderType.STOP_LIMIT: (DAY, GTC),
            },
            shorting=True,
            fractions=True,
            fraction_times=(DAY,),
            trailing_stop=True,
            hours="exchange",
            holds_shares=True,
            source="https://docs.alpaca.markets/docs/orders-at-alpaca",
        ),
        Capabilities(
            name="alpaca-crypto",
            times_in_force={
                OrderType.MARKET: (GTC, IOC),
                OrderType.LIMIT: (GTC, IOC),
                OrderType.STOP_LIMIT: (GTC, IOC),
            },
            shorting=False,
            fractions=True,
            holds_shares=True,
            source="https://docs.alpaca.markets/docs/crypto-orders",
        ),
        Capabilities(
            name="binance-spot",
            times_in_force={
                OrderType.MARKET: (GTC, IOC),
                OrderType.LIMIT: (GTC, IOC, FOK),
                OrderType.STOP: (GTC,),
                OrderType.STOP_LIMIT: (GTC, IOC, FOK),
            },
            shorting=False,
            fractions=True,
            trailing_stop=True,
            holds_shares=True,
            source="https://developers.binance.com/docs/binance-spot-api-docs/rest-api/trading-endpoints",
        ),
        Capabilities(
            name="coinbase-spot",
            times_in_force={
                OrderType.MARKET: (GTC, IOC),
                OrderType.LIMIT: (GTC, IOC, FOK),
                OrderType.STOP_LIMIT: (GTC,),
            },
            shorting=False,
            fractions=True,
            holds_shares=True,
            source="https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/guides/orders",
        ),
    )
}
"""A market order is at once or not at all where the wire has no other word; ``gtc`` there means the same."""


def capabilities_of(name: str) -> Capabilities:
    """The row of that name; ConfigError lists what there is."""
    found = CAPABILITIES.get(name)
    if found is None:
        message = f"No broker market is called {name!r}."
        raise ConfigError(message, f"Known are: {', '.join(sorted(CAPABILITIES))}.")
    return found


def market_name(broker: str, instrument: Instrument) -> str:
    """The row of an instrument's market at a broker; ``simulated`` where no row is known."""
    kind = "crypto" if instrument.asset_class is AssetClass.CRYPTO else "stocks"
    known = (f"{broker}-{word}" for word in ((kind, "spot") if kind == "crypto" else (kind,)))
    return next((name for name in known if name in CAPABILITIES), "simulated")


def check(
    order: Order, capabilities: Capabilities, instrument: Instrument, position_lots: int = 0
) -> RiskVerdict:
    """Whether the broker's market takes such an order; the refusal names what it lacks.

    ``position_lots`` is what is held there, signed: a sale beyond it is a short.
    """
    times = capabilities.times_in_force.get(order.order_type)
    if times is None:
        offered = ", ".join(capabilities.times_in_force)
        return _refused("order_type", capabilities, f"no {order.order_type} orders, only {offered}")
    if order.time_in_force not in times:
        offered = ", ".join(times)
        what = f"no {order.order_type} orders good for {order.time_in_force}, only {offered}"
        return _refused("time_in_force", capabilities, what)
    if order.contingency is not Contingency.NONE and not capabilities.brackets:
        return _refused("groups", capabilities, f"no orders that hang together ({order.contingency})")
    units = order.quantity_lots * instrument.lot
    if units != units.to_integral_value():
        if not capabilities.fractions:
            return _refused("fractions", capabilities, f"whole units only, not {units}")
        if order.time_in_force not in capabilities.fraction_times:
            offered = ", ".join(capabilities.fraction_times)
            what = f"no fraction ({units}) good for {order.time_in_force}, only {offered}"
            return _refused("fractions", capabilities, what)
    shorts = order.side is Side.SELL and not order.reduce_only and order.quantity_lots > position_lots
    if shorts and not (capabilities.shorting and instrument.shortable):
        what = f"no selling short: {order.quantity_lots} lots asked, {position_lots} held"
        return _refused("shorting", capabilities, what)
    return APPROVED


def fitted(order: Order, capabilities: Capabilities, instrument: Instrument) -> Order:
    """The order in the words that the broker's market knows, where that changes nothing of what is meant.

    A market order is good for whatever the market calls *at once*. A stop where there are only stop-limits
    gets a limit :data:`STOP_ROOM` beyond its stop. What would change the meaning (the lifetime of a limit
    order, a group) is left as it is, for :func:`check` to refuse by name.
    """
    times = capabilities.times_in_force
    if order.order_type is OrderType.MARKET:
        allowed = times.get(OrderType.MARKET, ())
        units = order.quantity_lots * instrument.lot
        if units != units.to_integral_value():
            allowed = tuple(time for time in allowed if time in capabilities.fraction_times)
        if allowed and order.time_in_force not in allowed:
            return msgspec.structs.replace(order, time_in_force=allowed[0])
        return order
    stop = order.stop_price_ticks
    if order.order_type is OrderType.STOP and OrderType.STOP not in times and stop is not None:
        room = max(1, round(abs(stop) * STOP_ROOM))
        return msgspec.structs.replace(
            order, order_type=OrderType.STOP_LIMIT, limit_price_ticks=stop + order.side.sign * room
        )
    return order


class CapabilityGate:
    """An :class:`~tradewind.core.ports.OrderGate` before another: what the broker takes, then the limits.

    What opens must be worth the venue's least, and no order may be of more than its most; whether what only
    closes is too small the broker says.
    """

    def __init__(
        self, gate: OrderGate, capabilities: Capabilities, instruments: Mapping[str, Instrument]
    ) -> None:
        self._gate, self._capabilities, self._instruments = gate, capabilities, dict(instruments)

    def check(self, order: Order, book: Book) -> RiskVerdict:
        """Approved, or the first refusal; one of the broker's is called ``capability:NAME``."""
        instrument = self._instruments.get(order.instrument_id)
        if instrument is not None:
            held = held_lots(book, key_of(order))
            refused = check(order, self._capabilities, instrument, held)
            if isinstance(refused, Refused):
                return refused
            closes = order.reduce_only or (held * order.signed_lots < 0 and order.quantity_lots <= abs(held))
            mark = book.mark_ticks.get(instrument.id)
            small = None if closes else order_below_minimum(instrument, order, mark)
            odd = above_maximum(instrument, order.quantity_lots) if small is None else small
            if odd is not None:
                return odd
        return self._gate.check(order, book)


def _refused(rule: str, capabilities: Capabilities, what: str) -> Refused:
    return Refused(rule=f"capability:{rule}", reason=f"{capabilities.name} takes {what}.")
