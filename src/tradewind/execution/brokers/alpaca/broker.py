"""Alpaca as a broker of a session: stocks and coins, paper and live."""

from collections.abc import Sequence

from tradewind.core.accounts import AccountSnapshot, CashMoved
from tradewind.core.decisions import Refused
from tradewind.core.errors import ConfigError
from tradewind.core.events import AnyEvent
from tradewind.core.orders import BrokerReport, Order
from tradewind.core.vocabulary import Contingency
from tradewind.execution.brokers.alpaca.decoding import Symbols
from tradewind.execution.brokers.alpaca.desk import AlpacaDesk, unasked
from tradewind.execution.brokers.alpaca.orders import CONFLICT, market_of, meaning, order_body
from tradewind.execution.brokers.alpaca.stream import greeting, read_message
from tradewind.execution.brokers.alpaca.wire import AlpacaWire
from tradewind.execution.brokers.credentials import AccountKind
from tradewind.execution.brokers.following import Following, Hear, Lost
from tradewind.execution.brokers.line import Line
from tradewind.execution.brokers.refusals import Refusal, reason
from tradewind.execution.brokers.refused import RefusedAnswerError
from tradewind.execution.brokers.registry import BROKERS, BrokerRequest
from tradewind.execution.brokers.standing import End, accepted, end_of, rejected, require_same
from tradewind.execution.capabilities import check, fitted

REST = {
    AccountKind.PAPER: "https://paper-api.alpaca.markets",
    AccountKind.LIVE: "https://api.alpaca.markets",
}
STREAM = {
    AccountKind.PAPER: "wss://paper-api.alpaca.markets/stream",
    AccountKind.LIVE: "wss://api.alpaca.markets/stream",
}
BEGINS = {AccountKind.PAPER: "PK", AccountKind.LIVE: "AK"}
"""How Alpaca's keys of each kind of account begin."""


class AlpacaBroker:
    """An :class:`~tradewind.core.ports.ExternalBroker`.

    ``submit`` says that the order is accepted or why not; fills come through :meth:`listen` and
    :meth:`reconcile`. An order that hangs together with others (``contingency``) is refused: Alpaca takes
    such a group in one request alone, and orders come here one by one.
    """

    name = "alpaca"
    external = True

    def __init__(self, request: BrokerRequest) -> None:
        pair, self._clock = request.credentials, request.clock
        wrong = BEGINS[AccountKind.LIVE if pair.kind is AccountKind.PAPER else AccountKind.PAPER]
        if pair.key.startswith(wrong):
            message = f"The key given for the {pair.kind} account at Alpaca is one of the other kind."
            raise ConfigError(message, "Paper keys begin with PK, live ones with AK.")
        self._instruments, self._symbols = dict(request.instruments), Symbols(request.instruments)
        rest = request.rest_url or REST[pair.kind]
        self._wire, self._own_wire = (AlpacaWire(pair, rest, request.timeout_s) for _ in range(2))
        self._desk, own_desk = (
            AlpacaDesk(wire, request.instruments, request.account, request.clock)
            for wire in (self._wire, self._own_wire)
        )
        stream = request.stream_url or STREAM[pair.kind]
        line = Line(lambda: stream, greeting(pair, request.timeout_s), request.timeout_s)
        self._following = Following(
            own_desk,
            lambda message: read_message(message, self._symbols),
            line,
            request.sweep_every_s,
            request.clock,
        )
        self._venue_ids: dict[str, str] = {}

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        """Send an order, once. One that Alpaca has already is answered with how it stands."""
        instrument = self._instruments.get(order.instrument_id)
        if instrument is None:
            return self._refused(order, Refusal.UNKNOWN_SYMBOL, f"{order.instrument_id} is not traded here")
        asked = fitted(order, market_of(instrument), instrument)
        if asked.contingency is not Contingency.NONE:
            return self._refused(order, Refusal.NOT_OFFERED, "groups of orders are not sent one by one")
        verdict = check(asked, market_of(instrument), instrument, asked.quantity_lots)
        if isinstance(verdict, Refused):
            return self._refused(order, Refusal.NOT_OFFERED, verdict.reason)
        try:
            row = self._wire.ask("POST", "/orders", order_body(asked, instrument))
        except RefusedAnswerError as error:
            kind = meaning(error)
            if kind is Refusal.DUPLICATE and error.status == CONFLICT:
                return self.knows(order.client_order_id)
            return self._refused(order, kind, error.words)
        answer = self._desk.require(row)
        require_same(order, answer)
        self._venue_ids[order.client_order_id] = answer.venue_order_id
        if answer.end is End.OPEN or answer.filled_lots:
            return (accepted(answer, self._clock()),)
        return end_of(answer, self._clock())

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        """Take an order off; how it stands afterwards, which may be filled. Empty where there is none."""
        venue_id = self._venue_ids.get(client_order_id)
        if venue_id is None:
            order = self._desk.order_named(client_order_id)
            if order is None:
                return ()
            venue_id = order.venue_order_id
        try:
            self._wire.ask("DELETE", f"/orders/{venue_id}")
        except RefusedAnswerError as error:
            if error.status != CONFLICT:  # 422: it has ended already, and knows() says how
                raise unasked(error) from error
        return self.knows(client_order_id)

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        """A real broker hears the market by itself."""
        return ()

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """How every order stands that is open or changed since."""
        return self._desk.reconcile(since_ns)

    def knows(self, client_order_id: str) -> Sequence[BrokerReport]:
        """How one order stands; empty where Alpaca has never had it."""
        return self._desk.knows(client_order_id)

    def cash_moved(self, since_ns: int) -> Sequence[CashMoved]:
        """Deposits, dividends, interest and fees; fees on coins come once a day."""
        return self._desk.cash_moved(since_ns)

    def account(self) -> AccountSnapshot:
        """Cash and positions now."""
        return self._desk.account()

    def listen(self, hear: Hear, lost: Lost) -> None:
        """Follow the stream of trade updates, with sweeps; until :meth:`close`."""
        self._following.run(hear, lost)

    def close(self) -> None:
        """Let go of connections."""
        self._following.close()
        for wire in (self._wire, self._own_wire):
            wire.close()

    def _refused(self, order: Order, kind: Refusal, words: str) -> Sequence[BrokerReport]:
        return (rejected(order, reason(kind, words), self._clock()),)


BROKERS.register("alpaca", needs=("alpaca",), extra="brokers")(AlpacaBroker)
