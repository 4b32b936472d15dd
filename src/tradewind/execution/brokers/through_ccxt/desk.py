"""What a venue says through ccxt: how orders stand, and what the account holds."""

from collections.abc import Iterable, Sequence
from typing import Any

from tradewind.core.accounts import AccountSnapshot
from tradewind.core.errors import BrokerError
from tradewind.core.instruments import Instrument
from tradewind.core.orders import BrokerReport
from tradewind.execution.brokers.figures import (
    cash_e8,
    nonsense,
    not_negative,
    rows,
    shown,
    table,
    whole_lots,
)
from tradewind.execution.brokers.refused import RefusedAnswerError
from tradewind.execution.brokers.registry import BrokerRequest
from tradewind.execution.brokers.standing import End, VenueFill, VenueOrder, reports_of, require_whole
from tradewind.execution.brokers.through_ccxt.decoding import moment_ms, read_fill, read_order
from tradewind.execution.brokers.through_ccxt.venue import CcxtVenue
from tradewind.execution.brokers.through_ccxt.wire import NOT_FOUND, CcxtWire

MOST = 1_000
"""Orders of one instrument that are looked through for changes, the newest; trades are read page by page."""


class CcxtDesk:
    """Reads of one account. Not for several threads at once: each has its own."""

    def __init__(self, venue: CcxtVenue, wire: CcxtWire, request: BrokerRequest) -> None:
        self._venue, self._wire, self._request = venue, wire, request
        self._symbols: dict[str, Instrument] = {}

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """Every order that is open, or changed since; see the port."""
        told: list[tuple[int, Sequence[BrokerReport]]] = []
        for instrument in self._request.instruments.values():
            changed = self._changed_since(instrument, since_ns)
            told += [(order.ts_accepted, self.standing(order)) for order in changed]
        return [report for _, reports in sorted(told, key=lambda one: one[0]) for report in reports]

    def knows(self, client_order_id: str) -> Sequence[BrokerReport]:
        """How one order stands, whole; empty where the venue has none of that name."""
        order = self.order_named(client_order_id)
        return () if order is None else self.standing(order)

    def standing(self, order: VenueOrder) -> Sequence[BrokerReport]:
        """The reports of an order with all its fills."""
        fills = self._fills_of(order) if order.filled_lots else []
        require_whole(order, fills)
        return reports_of(order, fills, self._request.clock())

    def order_named(self, client_order_id: str) -> VenueOrder | None:
        """The order of that name, looked for at each instrument; None where there is none."""
        known = self._symbols.get(client_order_id)
        for instrument in [known] if known else self._request.instruments.values():
            try:
                row = self._wire.ask(
                    "fetch_order", None, instrument.symbol, {self._venue.asks_name: client_order_id}
                )
            except RefusedAnswerError as error:
                if error.status == NOT_FOUND:
                    continue
                raise unasked(self._venue.name, error) from error
            self._symbols[client_order_id] = instrument
            return read_order(table(row, "an order"), instrument)
        return None

    def note(self, client_order_id: str, instrument: Instrument) -> None:
        """Remember what an order is of."""
        self._symbols[client_order_id] = instrument

    def venue_ns(self) -> int:
        """When the account last changed; the venue's clock where it does not say."""
        told = table(self._get("fetch_balance"), "the balances").get("timestamp")
        return moment_ms(told if told else self._get("fetch_time"), "the time")

    def account(self) -> AccountSnapshot:
        """Balances: of a coin that an instrument buys whole lots as its position, all else as cash."""
        told = table(self._get("fetch_balance"), "the balances")
        cash: dict[str, int] = {}
        positions: dict[str, int] = {}
        for asset, total in table(told.get("total"), "the totals").items():
            held, instrument = not_negative(total, f"the balance of {asset}"), self._market_of(asset)
            if instrument is not None:
                lots, held = whole_lots(held, instrument)
                if lots:
                    positions[instrument.id] = lots
            if held:
                cash[asset] = cash_e8(held)
        stamp = told.get("timestamp")
        now = self._request.clock()
        return AccountSnapshot(
            ts_event=moment_ms(stamp, "timestamp") if stamp else now,
            ts_recv=now,
            account=self._request.account,
            cash_e8=cash,
            positions=positions,
        )

    def _market_of(self, asset: str) -> Instrument | None:
        """The instrument that buys a coin with the account's currency, or the only one that buys it."""
        found = [one for one in self._request.instruments.values() if one.asset == asset]
        own = [one for one in found if one.quote_currency == self._request.base_currency]
        return own[0] if own else found[0] if len(found) == 1 else None

    def _changed_since(self, instrument: Instrument, since_ns: int) -> Iterable[VenueOrder]:
        found: dict[str, VenueOrder] = {}
        listed = self._get("fetch_orders", instrument.symbol, None, MOST)
        still_open = self._get("fetch_open_orders", instrument.symbol)
        for row in (*rows(listed, "the orders"), *rows(still_open, "the open orders")):
            order = read_order(row, instrument)
            if order.end is End.OPEN or order.ts_ended >= since_ns:
                found[order.venue_order_id] = order
        return found.values()

    def _fills_of(self, order: VenueOrder) -> list[VenueFill]:
        symbol, name = order.instrument.symbol, order.venue_order_id
        told = rows(self._get("fetch_my_trades", symbol, None, MOST, {"orderId": name}), "the trades")
        mine = [row for row in told if str(row.get("order")) == name]
        if len(mine) != len(told):
            message = f"trades of other orders came with those of {shown(name)}"
            raise nonsense(message)
        return [read_fill(row, order) for row in mine]

    def _get(self, method: str, *given: Any) -> Any:
        try:
            return self._wire.ask(method, *given)
        except RefusedAnswerError as error:
            raise unasked(self._venue.name, error) from error


def unasked(name: str, error: RefusedAnswerError) -> BrokerError:
    """A question that a venue does not answer."""
    message = f"{name} does not answer a question: {shown(error.words)}."
    return BrokerError(message, "Look at the account at the venue.")
