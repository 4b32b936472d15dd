"""What Alpaca says when it is asked: how orders stand, cash that moved, what the account holds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tradewind.core.accounts import AccountSnapshot, CashMoved
from tradewind.core.errors import BrokerError, BrokerRefusedError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import BrokerReport
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S, iso
from tradewind.execution.brokers.alpaca.activities import cash_of
from tradewind.execution.brokers.alpaca.decoding import Symbols, read_fill, read_order
from tradewind.execution.brokers.alpaca.wire import AlpacaWire
from tradewind.execution.brokers.figures import (
    cash_e8,
    figure,
    moment,
    nonsense,
    rows,
    shown,
    table,
    whole_lots,
    word,
)
from tradewind.execution.brokers.refused import RefusedAnswerError
from tradewind.execution.brokers.standing import VenueFill, VenueOrder, reports_of, require_whole

MOST_ORDERS, MOST_ACTIVITIES = 500, 100
LONGEST_ORDER_NS = 90 * NS_PER_DAY
"""Alpaca ends an order after 90 days at the latest: what ended later was sent within this before."""
NOT_FOUND = 404
ATTEMPTS = 3
NS_PER_US = 1_000
UNTRADED = "ALPACA"
"""Venue of a holding that is none of the session's instruments; its lots are 1e-8 of a unit."""


class AlpacaDesk:
    """Reads of one account. Not for several threads at once: each has its own."""

    def __init__(
        self, wire: AlpacaWire, instruments: Mapping[str, Instrument], account: str, clock: Callable[[], int]
    ) -> None:
        self._wire, self._account, self._clock = wire, account, clock
        self._symbols = Symbols(instruments)
        self._open: dict[str, VenueOrder] = {}
        self._complete_ns: int | None = None

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """Every order that is open, or changed since; see the port."""
        fills = self._fills_since(since_ns)
        found = self._changed_since(since_ns)
        for order_id in fills.keys() - found.keys():
            self._read_into(found, self._get(f"/orders/{order_id}"))
        told: list[BrokerReport] = []
        for order in sorted(found.values(), key=lambda one: one.ts_accepted):
            mine = [read_fill(row, order) for row in fills.get(order.venue_order_id, ())]
            if sum(fill.lots for fill in mine) < order.filled_lots:
                mine = self._fills_of(order)  # from before, or filled since they were asked for
            told += reports_of(order, mine, self._clock())
        self._open = {one.venue_order_id: one for one in found.values() if not one.ts_ended}
        self._complete_ns = since_ns if self._complete_ns is None else min(since_ns, self._complete_ns)
        return told

    def knows(self, client_order_id: str) -> Sequence[BrokerReport]:
        """How one order stands, whole; empty where Alpaca has none of that name."""
        order = self.order_named(client_order_id)
        return () if order is None else self.standing(order)

    def standing(self, order: VenueOrder) -> Sequence[BrokerReport]:
        """The reports of an order with all its fills."""
        return reports_of(order, self._fills_of(order) if order.filled_lots else (), self._clock())

    def order_named(self, client_order_id: str) -> VenueOrder | None:
        """The order of that name; None where there is none."""
        try:
            row = self._wire.ask("GET", "/orders:by_client_order_id", {"client_order_id": client_order_id})
        except RefusedAnswerError as error:
            if error.status == NOT_FOUND:
                return None
            raise unasked(error) from error
        return read_order(table(row, "an order"), self._symbols)

    def read(self, row: object) -> VenueOrder | None:
        """An order of an answer."""
        return read_order(table(row, "an order"), self._symbols)

    def require(self, row: object) -> VenueOrder:
        """The same, of one that has to be of the session's."""
        order = self.read(row)
        if order is None:
            message = f"an order came of {shown(table(row, 'an order').get('symbol'))}"
            raise nonsense(message)
        return order

    def venue_ns(self) -> int:
        """Alpaca's clock."""
        return moment(table(self._get("/clock"), "the clock").get("timestamp"), "timestamp")

    def account(self) -> AccountSnapshot:
        """Cash and holdings, with the cash read before and after the holdings, so that no fill is between."""
        for _ in range(ATTEMPTS):
            cash = self._cash()
            held = rows(self._get("/positions"), "the positions")
            if self._cash() == cash:
                break
        else:
            message = "Alpaca's cash changed while its positions were read, several times."
            raise BrokerError(message, "It will be asked again.")
        positions: dict[str, int] = {}
        coins: dict[str, int] = {}
        for row in held:
            self._enter(row, positions, coins)
        now = self.venue_ns()
        return AccountSnapshot(
            ts_event=now,
            ts_recv=self._clock(),
            account=self._account,
            cash_e8={**cash, **coins},
            positions=positions,
        )

    def cash_moved(self, since_ns: int) -> Sequence[CashMoved]:
        """Deposits, dividends, interest, fees and the like since a moment."""
        found = self._activities("/account/activities", since_ns, {"category": "non_trade_activity"})
        moved = (cash_of(row, self._account, self._symbols) for row in found)
        return tuple(one for one in moved if one is not None and one.ts_event >= since_ns - NS_PER_DAY)

    # What is asked for -----------------------------------------------------------------------

    def _cash(self) -> dict[str, int]:
        told = table(self._get("/account"), "the account")
        if told.get("trading_blocked") is True or told.get("account_blocked") is True:
            message = "Alpaca says that this account may not trade."
            raise BrokerRefusedError(message, "Look at the account at Alpaca.")
        return {word(told, "currency"): cash_e8(figure(told.get("cash"), "cash"))}

    def _enter(self, row: Mapping[str, Any], positions: dict[str, int], coins: dict[str, int]) -> None:
        """A holding in lots; of a coin what is less than a lot stays as cash of that coin."""
        symbol = word(row, "symbol")
        held, instrument = figure(row.get("qty"), "qty"), self._symbols.get(symbol)
        if instrument is None:
            positions[f"{symbol}.{UNTRADED}"] = cash_e8(held)
            return
        lots, rest = whole_lots(held, instrument)
        positions[instrument.id] = lots
        if rest and instrument.asset_class is not AssetClass.CRYPTO:
            message = f"Alpaca holds {held} of {instrument.id}, which is traded in lots of {instrument.lot}."
            raise BrokerError(message, "Trade it in smaller lots, or sell the fraction at Alpaca.")
        if rest:
            coins[instrument.asset] = cash_e8(rest)

    def _changed_since(self, since_ns: int) -> dict[str, VenueOrder]:
        found: dict[str, VenueOrder] = {}
        for row in self._orders("open", 0):
            self._read_into(found, row)
        for order_id in self._open.keys() - found.keys():
            self._read_into(found, self._get(f"/orders/{order_id}"))
        is_complete = self._complete_ns is not None and self._complete_ns <= since_ns
        for row in self._orders("closed", since_ns - (0 if is_complete else LONGEST_ORDER_NS)):
            order = self.read(row)
            if order is not None and order.ts_ended >= since_ns:
                found[order.venue_order_id] = order
        return found

    def _read_into(self, found: dict[str, VenueOrder], row: object) -> None:
        order = self.read(row)
        if order is not None:
            found[order.venue_order_id] = order

    def _orders(self, status: str, after_ns: int) -> Iterator[Mapping[str, Any]]:
        """Orders by the moment at which they were sent, page by page."""
        seen: set[str] = set()
        while True:
            query = {"status": status, "limit": MOST_ORDERS, "direction": "asc", "nested": "false"}
            page = rows(self._get("/orders", {**query, "after": iso(max(after_ns, 0))}), "the orders")
            fresh = [row for row in page if word(row, "id") not in seen]
            yield from fresh
            seen.update(word(row, "id") for row in fresh)
            if len(page) < MOST_ORDERS or not fresh:
                return
            after_ns = moment(page[-1].get("submitted_at"), "submitted_at") - NS_PER_US

    def _fills_since(self, since_ns: int) -> dict[str, list[Mapping[str, Any]]]:
        """Fills by order."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for row in self._activities("/account/activities/FILL", since_ns, {}):
            if self._symbols.get(word(row, "symbol")) is not None:
                found.setdefault(word(row, "order_id"), []).append(row)
        return found

    def _fills_of(self, order: VenueOrder) -> list[VenueFill]:
        told = self._fills_since(order.ts_accepted).get(order.venue_order_id, [])
        fills = [read_fill(row, order) for row in told]
        require_whole(order, fills)
        return fills

    def _activities(
        self, path: str, since_ns: int, query: Mapping[str, object]
    ) -> Iterable[Mapping[str, Any]]:
        """Entries since a moment, the oldest first, page by page."""
        after = iso(max(since_ns - NS_PER_S, 0))
        asked: dict[str, object] = {**query, "after": after, "direction": "asc", "page_size": MOST_ACTIVITIES}
        while True:
            page = rows(self._get(path, asked), "the activities")
            yield from page
            if len(page) < MOST_ACTIVITIES:
                return
            asked["page_token"] = word(page[-1], "id")

    def _get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        try:
            return self._wire.ask("GET", path, query)
        except RefusedAnswerError as error:
            raise unasked(error) from error


def unasked(error: RefusedAnswerError) -> BrokerError:
    """A question that Alpaca does not answer."""
    message = f"Alpaca answered {error.status} to a question: {shown(error.words)}."
    return BrokerError(message, "Look at the account at Alpaca.")
