"""A spot venue through ccxt as a broker of a session.

Fills come by sweeps; a venue with a stream of its own adds its line.
"""

from collections.abc import Sequence

from tradewind.core.accounts import AccountSnapshot, CashMoved
from tradewind.core.decisions import Refused
from tradewind.core.events import AnyEvent
from tradewind.core.instruments import Instrument
from tradewind.core.orders import BrokerReport, Order, OrderType
from tradewind.core.vocabulary import Contingency
from tradewind.execution.brokers.figures import table
from tradewind.execution.brokers.following import Following, Hear, Lost
from tradewind.execution.brokers.refusals import Refusal, reason
from tradewind.execution.brokers.refused import RefusedAnswerError
from tradewind.execution.brokers.registry import BrokerRequest
from tradewind.execution.brokers.standing import price, rejected, units
from tradewind.execution.brokers.through_ccxt.desk import CcxtDesk, unasked
from tradewind.execution.brokers.through_ccxt.venue import CcxtVenue
from tradewind.execution.brokers.through_ccxt.wire import NOT_FOUND, CcxtWire
from tradewind.execution.capabilities import capabilities_of, check, fitted

_SAID = (
    ("duplicate", Refusal.DUPLICATE),
    ("insufficient", Refusal.INSUFFICIENT_FUNDS),
    ("price_filter", Refusal.WRONG_TICK),
    ("lot_size", Refusal.WRONG_LOT),
    ("notional", Refusal.MINIMUM_NOTIONAL),
    ("percent_price", Refusal.PRICE_BAND),
    ("immediately", Refusal.PRICE_BAND),
    ("market is closed", Refusal.MARKET_CLOSED),
    ("marketclosed", Refusal.MARKET_CLOSED),
    ("badsymbol", Refusal.UNKNOWN_SYMBOL),
    ("minimum amount precision", Refusal.WRONG_LOT),
    ("order type", Refusal.NOT_OFFERED),
    ("notsupported", Refusal.NOT_OFFERED),
)
"""Pieces of ccxt's error names and the venue's words, the first that fits counts."""


class CcxtBroker:
    """An :class:`~tradewind.core.ports.ExternalBroker` over one row."""

    external = True

    def __init__(self, venue: CcxtVenue, request: BrokerRequest) -> None:
        self.name, self._venue, self._request = venue.name, venue, request
        self._market = capabilities_of(venue.capabilities)
        self._wire, self._own_wire = (CcxtWire(venue, request) for _ in range(2))
        self._desk = CcxtDesk(venue, self._wire, request)
        own_desk = CcxtDesk(venue, self._own_wire, request)
        self._following = Following(own_desk, lambda _: (), None, request.sweep_every_s, request.clock)

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        """Send an order, once; how it stands then. One that the venue has already changes nothing."""
        instrument = self._request.instruments.get(order.instrument_id)
        if instrument is None:
            return self._refused(order, Refusal.UNKNOWN_SYMBOL, f"{order.instrument_id} is not traded here")
        asked = fitted(order, self._market, instrument)
        if asked.contingency is not Contingency.NONE:
            return self._refused(order, Refusal.NOT_OFFERED, "groups of orders are not sent one by one")
        verdict = check(asked, self._market, instrument, asked.quantity_lots)
        if isinstance(verdict, Refused):
            return self._refused(order, Refusal.NOT_OFFERED, verdict.reason)
        known = self.knows(order.client_order_id)  # venues forget a name when its order has ended
        if known:
            return known
        try:
            table(self._wire.ask("create_order", *self._wording(asked, instrument)), "an order")
        except RefusedAnswerError as error:
            kind = meaning(error)
            if kind is Refusal.DUPLICATE:
                return self.knows(order.client_order_id)
            return self._refused(order, kind, error.words)
        self._desk.note(order.client_order_id, instrument)
        return self.knows(order.client_order_id)

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        """Take an order off; how it stands afterwards. Empty where the venue has none of that name."""
        order = self._desk.order_named(client_order_id)
        if order is None:
            return ()
        if not order.ts_ended:
            try:
                self._wire.ask("cancel_order", order.venue_order_id, order.instrument.symbol)
            except RefusedAnswerError as error:
                if error.status != NOT_FOUND:  # not there any more: it has ended, and knows() says how
                    raise unasked(self.name, error) from error
        return self.knows(client_order_id)

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        """A real broker hears the market by itself."""
        return ()

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """How every order stands that is open or changed since."""
        return self._desk.reconcile(since_ns)

    def knows(self, client_order_id: str) -> Sequence[BrokerReport]:
        """How one order stands; empty where the venue has never had it."""
        return self._desk.knows(client_order_id)

    def cash_moved(self, since_ns: int) -> Sequence[CashMoved]:
        """Nothing: deposits and withdrawals are not asked for, and show in :meth:`account`."""
        return ()

    def account(self) -> AccountSnapshot:
        """Cash and positions now."""
        return self._desk.account()

    def listen(self, hear: Hear, lost: Lost) -> None:
        """Sweep until :meth:`close`."""
        self._following.run(hear, lost)

    def close(self) -> None:
        """Let go of connections."""
        self._following.close()
        for wire in (self._wire, self._own_wire):
            wire.close()

    def _wording(self, order: Order, instrument: Instrument) -> tuple[object, ...]:
        params = {self._venue.sends_name: order.client_order_id}
        is_limit = order.limit_price_ticks is not None
        if is_limit:
            params["timeInForce"] = order.time_in_force.value.upper()
        if order.stop_price_ticks is not None:
            params[self._venue.stop_parameter] = price(order.stop_price_ticks, instrument)
        limits = order.order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
        kind = "limit" if limits else "market"
        at = price(order.limit_price_ticks, instrument) if order.limit_price_ticks is not None else None
        return (
            instrument.symbol,
            kind,
            order.side.value,
            units(order.quantity_lots, instrument),
            at,
            params,
        )

    def _refused(self, order: Order, kind: Refusal, words: str) -> Sequence[BrokerReport]:
        return (rejected(order, reason(kind, words), self._request.clock()),)


def meaning(error: RefusedAnswerError) -> Refusal:
    """What a refusal means."""
    words = error.words.lower()
    return next((kind for piece, kind in _SAID if piece in words), Refusal.OTHER)
