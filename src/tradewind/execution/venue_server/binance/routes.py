"""Binance's trading ways: orders, trades and the account, all signed."""

from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.routing import Route

from tradewind.core.errors import TradewindError
from tradewind.execution.venue_server.binance import answers
from tradewind.execution.venue_server.binance.asking import (
    NEEDED,
    BinanceError,
    Door,
    Params,
    refused,
    symbol_of,
    whole,
)
from tradewind.execution.venue_server.binance.requests import read_order
from tradewind.execution.venue_server.faults.requests import fault_of
from tradewind.execution.venue_server.faults.script import Kind
from tradewind.execution.venue_server.inputs import CancelAsked, Placed
from tradewind.execution.venue_server.orders import Asked, VenueOrder
from tradewind.execution.venue_server.venue import LocalVenue

NO_ORDER = "Order does not exist."
MOST = 1_000


class SpotRoutes:
    """Handlers of the signed ways."""

    def __init__(self, venue: LocalVenue) -> None:
        self._venue, self._desk = venue, venue.desk

    def routes(self, door: Door) -> list[Route]:
        """Every way."""
        api = "/api/v3"
        return [
            door.signed(f"{api}/account", "GET", self.account),
            door.signed(f"{api}/order", "POST", self.submit),
            door.signed(f"{api}/order/test", "POST", self.test),
            door.signed(f"{api}/order/cancelReplace", "POST", self.cancel_replace),
            door.signed(f"{api}/order", "GET", self.one_order),
            door.signed(f"{api}/order", "DELETE", self.cancel),
            door.signed(f"{api}/openOrders", "GET", self.open_orders),
            door.signed(f"{api}/openOrders", "DELETE", self.cancel_all),
            door.signed(f"{api}/allOrders", "GET", self.all_orders),
            door.signed(f"{api}/myTrades", "GET", self.trades),
        ]

    async def account(self, params: Params, request: Request) -> object:
        """Balances and fees."""
        return answers.account(self._desk)

    async def submit(self, params: Params, request: Request) -> object:
        """Take an order in."""
        asked = read_order(self._venue, params)
        partial = fault_of(request, Kind.PARTIAL)
        return self._place(asked, params, 1.0 if partial is None else partial.part)

    async def test(self, params: Params, request: Request) -> object:
        """Whether an order would be taken; none is placed."""
        asked = read_order(self._venue, params)
        self._desk.check(Placed(ts_ns=self._venue.now_ns(), orders=(asked,)))
        return {}

    def _place(self, asked: Asked, params: Params, part: float = 1.0) -> dict[str, Any]:
        self._venue.do(lambda now: Placed(ts_ns=now, orders=(asked,), part=part))
        made = self._desk.by_client_id(asked.client_order_id)
        if made is None:
            raise BinanceError(-2013, NO_ORDER)
        usual = "FULL" if answers.type_of(made) in ("MARKET", "LIMIT") else "ACK"
        return answers.placed(self._desk, made, params.get("newOrderRespType", usual))

    async def one_order(self, params: Params, request: Request) -> object:
        """One order by number or name."""
        return answers.order(self._desk, self._find(params))

    async def cancel(self, params: Params, request: Request) -> object:
        """Take an order off; one that is filled or gone is unknown."""
        return self._cancel(self._find_open(params), params, request)

    def _cancel(self, one: VenueOrder, params: Params, request: Request) -> dict[str, Any]:
        races = fault_of(request, Kind.CANCEL_RACES) is not None
        self._venue.do(lambda now: CancelAsked(ts_ns=now, numbers=(one.number,), races=races))
        if answers.status_of(one) == "FILLED":
            raise BinanceError(-2011, "Unknown order sent.")
        return answers.canceled(self._desk, one, params.get("newClientOrderId") or uuid4().hex[:22])

    async def cancel_all(self, params: Params, request: Request) -> object:
        """Take all orders of a symbol off."""
        listing = symbol_of(self._venue, params)
        found = [one for one in self._desk.open_orders() if one.asked.instrument_id == listing.id]
        if not found:
            raise BinanceError(-2011, "Unknown order sent.")
        numbers = tuple(one.number for one in found)
        races = fault_of(request, Kind.CANCEL_RACES) is not None
        self._venue.do(lambda now: CancelAsked(ts_ns=now, numbers=numbers, races=races))
        return [answers.canceled(self._desk, one, uuid4().hex[:22]) for one in found]

    async def cancel_replace(self, params: Params, request: Request) -> object:
        """Take one off and another in; by ``STOP_ON_FAILURE`` the second only after the first."""
        mode = params.get("cancelReplaceMode")
        if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
            raise BinanceError(-1102, NEEDED.format("cancelReplaceMode"))
        asked = read_order(self._venue, params)
        named = {"orderId": "cancelOrderId", "origClientOrderId": "cancelOrigClientOrderId"}
        which = {key: params[name] for key, name in named.items() if name in params}
        results: dict[str, object] = {"newOrderResult": "NOT_ATTEMPTED", "newOrderResponse": None}
        try:
            old = self._find_open({"symbol": params["symbol"]} | which)
            results["cancelResponse"] = self._cancel(old, params, request)
            results["cancelResult"] = "SUCCESS"
        except TradewindError as error:
            results |= {"cancelResult": "FAILURE", "cancelResponse": _said(error)}
            if mode == "STOP_ON_FAILURE":
                raise BinanceError(-2022, "Order cancel-replace failed.", 400, results) from error
        try:
            results["newOrderResponse"] = self._place(asked, params)
            results["newOrderResult"] = "SUCCESS"
        except TradewindError as error:
            results |= {"newOrderResult": "FAILURE", "newOrderResponse": _said(error)}
        if "FAILURE" in results.values():
            whole_failure = results["newOrderResult"] == results["cancelResult"]
            code, words = (-2022, "failed") if whole_failure else (-2021, "partially failed")
            raise BinanceError(code, f"Order cancel-replace {words}.", 409, results)
        return results

    async def open_orders(self, params: Params, request: Request) -> object:
        """Orders that may still fill, of one symbol or of all."""
        name = symbol_of(self._venue, params).id if "symbol" in params else None
        return [
            answers.order(self._desk, one)
            for one in self._desk.open_orders()
            if name in (None, one.asked.instrument_id)
        ]

    async def all_orders(self, params: Params, request: Request) -> object:
        """All orders of a symbol, oldest first: the newest ``limit``, or those from ``orderId`` on."""
        listing = symbol_of(self._venue, params)
        rows = [one for one in self._desk.orders if one.asked.instrument_id == listing.id]
        rows = [one for one in rows if _within(params, answers.ms(one.created_ns))]
        first = whole(params, "orderId", 0)
        told = [answers.order(self._desk, one) for one in rows if one.number >= first]
        return _cut(told, params, from_first="orderId" in params)

    async def trades(self, params: Params, request: Request) -> object:
        """All fills of a symbol, oldest first: the newest ``limit``, or those from ``fromId`` on."""
        listing = symbol_of(self._venue, params)
        number, first = whole(params, "orderId", 0), whole(params, "fromId", 0)
        told = [
            answers.trade(self._desk, fill)
            for fill in self._desk.fills
            if self._desk.orders[fill.order - 1].asked.instrument_id == listing.id
            and number in (0, fill.order)
            and fill.number >= first
            and _within(params, answers.ms(fill.ts_ns))
        ]
        return _cut(told, params, from_first="fromId" in params)

    def _find(self, params: Params) -> VenueOrder:
        listing = symbol_of(self._venue, params)
        if "orderId" in params:
            number = whole(params, "orderId")
            found = self._desk.orders[number - 1] if 1 <= number <= len(self._desk.orders) else None
        elif "origClientOrderId" in params:
            found = self._desk.by_client_id(params["origClientOrderId"])
        else:
            message = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
            raise BinanceError(-1102, message)
        if found is None or found.asked.instrument_id != listing.id:
            raise BinanceError(-2013, NO_ORDER)
        return found

    def _find_open(self, params: Params) -> VenueOrder:
        try:
            found = self._find(params)
        except BinanceError as error:
            if error.code == -2013:
                raise BinanceError(-2011, "Unknown order sent.") from error
            raise
        if not found.is_open:
            raise BinanceError(-2011, "Unknown order sent.")
        return found


def _said(error: TradewindError) -> dict[str, object]:
    told = refused(error)
    return {"code": told.code, "msg": told.message}


def _within(params: Params, at_ms: int) -> bool:
    return whole(params, "startTime", 0) <= at_ms <= whole(params, "endTime", 10**17)


def _cut(rows: list[dict[str, Any]], params: Params, *, from_first: bool) -> list[dict[str, Any]]:
    most = min(max(whole(params, "limit", 500), 1), MOST)
    return rows[:most] if from_first else rows[-most:]
