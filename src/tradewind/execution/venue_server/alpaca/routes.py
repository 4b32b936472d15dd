"""Alpaca's trading API over a rehearsal: each way of ``/v2`` that the server answers."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tradewind.core.errors import OutsideCalendarError
from tradewind.core.timestamps import from_ns, to_ns
from tradewind.core.trading_calendar import TradingCalendar
from tradewind.execution.venue_server.alpaca import answers
from tradewind.execution.venue_server.alpaca.asking import body_of, count_of, moment_of, problem, route
from tradewind.execution.venue_server.alpaca.price_facts import NEW_YORK
from tradewind.execution.venue_server.alpaca.requests import (
    find,
    read_closing,
    read_orders,
    read_replacement,
)
from tradewind.execution.venue_server.faults.requests import fault_of
from tradewind.execution.venue_server.faults.script import Kind
from tradewind.execution.venue_server.funds import LEVERAGE
from tradewind.execution.venue_server.inputs import CancelAsked, Placed, RefusedError, ReplaceAsked
from tradewind.execution.venue_server.orders import VenueOrder
from tradewind.execution.venue_server.venue import LocalVenue

MOST_ORDERS = 500


class TradingRoutes:
    """Handlers of the trading API."""

    def __init__(self, venue: LocalVenue) -> None:
        self._venue, self._desk = venue, venue.desk

    def routes(self) -> list[Route]:
        """Every way, with its method."""
        orders = [
            route("/v2/orders", "GET", self.list_orders),
            route("/v2/orders", "POST", self.submit),
            route("/v2/orders", "DELETE", self.cancel_all),
            route("/v2/orders:by_client_order_id", "GET", self.order_by_name),
            route("/v2/orders/{order_id}", "GET", self.one_order),
            route("/v2/orders/{order_id}", "PATCH", self.replace),
            route("/v2/orders/{order_id}", "DELETE", self.cancel),
        ]
        return [
            *orders,
            route("/v2/positions", "GET", self.positions),
            route("/v2/positions", "DELETE", self.close_all),
            route("/v2/positions/{name:path}", "GET", self.position),
            route("/v2/positions/{name:path}", "DELETE", self.close_one),
            route("/v2/account", "GET", self.account),
            route("/v2/account/configurations", "GET", self.configurations),
            route("/v2/account/activities", "GET", self.activities),
            route("/v2/account/activities/{kind}", "GET", self.activities),
            route("/v2/assets", "GET", self.assets),
            route("/v2/assets/{name:path}", "GET", self.asset),
            route("/v2/clock", "GET", self.clock),
            route("/v2/calendar", "GET", self.calendar),
        ]

    # Orders ----------------------------------------------------------------------------------

    async def submit(self, request: Request) -> Response:
        """Take an order in."""
        orders = read_orders(self._desk, await body_of(request))
        partial = fault_of(request, Kind.PARTIAL)
        part = 1.0 if partial is None else partial.part
        self._venue.do(lambda now: Placed(ts_ns=now, orders=orders, part=part))
        made = self._desk.by_client_id(orders[0].client_order_id)
        return JSONResponse(answers.order(self._desk, self._require(made), nested=True))

    async def list_orders(self, request: Request) -> Response:
        """Orders by status, time, side and symbol, the newest first."""
        query = request.query_params
        wanted = query.get("status", "open")
        nested = query.get("nested", "").lower() == "true"
        symbols = {find(self._desk, word).id for word in query.get("symbols", "").split(",") if word}
        after, until = (moment_of(query.get(key)) for key in ("after", "until"))
        newest_first = query.get("direction", "desc") != "asc"
        of_legs = {leg for one in self._desk.orders for leg in one.legs}

        def is_wanted(one: VenueOrder) -> bool:
            return (
                (wanted == "all" or one.is_open == (wanted == "open"))
                and (not symbols or one.asked.instrument_id in symbols)
                and (after is None or one.created_ns > after)
                and (until is None or one.created_ns < until)
                and query.get("side", str(one.asked.side)) == str(one.asked.side)
                and not (nested and one.number in of_legs)
            )

        found = [one for one in self._desk.orders if is_wanted(one)]
        if newest_first:
            found.reverse()
        rows = found[: count_of(query.get("limit"), 50, MOST_ORDERS)]
        return JSONResponse([answers.order(self._desk, one, nested=nested) for one in rows])

    async def one_order(self, request: Request) -> Response:
        """One order by its id."""
        nested = request.query_params.get("nested", "").lower() == "true"
        return JSONResponse(answers.order(self._desk, self._order(request), nested=nested))

    async def order_by_name(self, request: Request) -> Response:
        """One order by its client order id."""
        made = self._desk.by_client_id(request.query_params.get("client_order_id", ""))
        return JSONResponse(answers.order(self._desk, self._require(made)))

    async def replace(self, request: Request) -> Response:
        """Another order in the place of an open one."""
        old = self._order(request)
        if not old.is_open:
            raise RefusedError("ended", f'order is already in "{old.status}" state')
        asked = read_replacement(self._desk, old, await body_of(request))
        self._venue.do(lambda now: ReplaceAsked(ts_ns=now, number=old.number, asked=asked))
        return JSONResponse(
            answers.order(self._desk, self._require(self._desk.by_client_id(asked.client_order_id)))
        )

    async def cancel(self, request: Request) -> Response:
        """Take an order off."""
        number = self._order(request).number
        races = fault_of(request, Kind.CANCEL_RACES) is not None
        self._venue.do(lambda now: CancelAsked(ts_ns=now, numbers=(number,), races=races))
        return Response(status_code=204)

    async def cancel_all(self, request: Request) -> Response:
        """Take all orders off."""
        numbers = tuple(one.number for one in self._desk.open_orders())
        races = fault_of(request, Kind.CANCEL_RACES) is not None
        if numbers:
            self._venue.do(lambda now: CancelAsked(ts_ns=now, numbers=numbers, races=races))
        gone = [{"id": self._desk.orders[number - 1].id, "status": 200} for number in numbers]
        return JSONResponse(gone, 207)

    def _order(self, request: Request) -> VenueOrder:
        return self._require(self._desk.by_id(request.path_params["order_id"]))

    @staticmethod
    def _require(one: VenueOrder | None) -> VenueOrder:
        if one is None:
            raise RefusedError("unknown", "order not found")
        return one

    # Positions -------------------------------------------------------------------------------

    async def positions(self, request: Request) -> Response:
        """All that is held."""
        held = [self._desk.listings[name] for name, one in self._desk.account.holdings.items() if one.lots]
        return JSONResponse([answers.position(self._desk, listing) for listing in held])

    async def position(self, request: Request) -> Response:
        """What is held of one asset."""
        listing = self._listing(request, "no_position", "position does not exist")
        if not self._desk.account.held(listing.id):
            raise RefusedError("no_position", "position does not exist")
        return JSONResponse(answers.position(self._desk, listing))

    async def close_one(self, request: Request) -> Response:
        """A market order that ends a position."""
        listing = self._listing(request, "no_position", "position does not exist")
        asked = read_closing(self._desk, listing, request.query_params)
        self._venue.do(lambda now: Placed(ts_ns=now, orders=(asked,)))
        return JSONResponse(
            answers.order(self._desk, self._require(self._desk.by_client_id(asked.client_order_id)))
        )

    async def close_all(self, request: Request) -> Response:
        """A market order for each position; what hinders one is said in its place."""
        if request.query_params.get("cancel_orders", "").lower() == "true":
            await self.cancel_all(request)
        told: list[dict[str, Any]] = []
        for name, held in list(self._desk.account.holdings.items()):
            if held.lots:
                told.append(self._close(name))
        return JSONResponse(told, 207)

    def _close(self, name: str) -> dict[str, Any]:
        listing = self._desk.listings[name]
        symbol = listing.instrument.symbol
        try:
            asked = read_closing(self._desk, listing, {})
            self._venue.do(lambda now: Placed(ts_ns=now, orders=(asked,)))
        except RefusedError as error:
            refusal = problem(error)
            return {"symbol": symbol, "status": refusal.status_code, "body": json.loads(bytes(refusal.body))}
        made = self._require(self._desk.by_client_id(asked.client_order_id))
        return {"symbol": symbol, "status": 200, "body": answers.order(self._desk, made)}

    # The account and the market --------------------------------------------------------------

    async def account(self, request: Request) -> Response:
        """Money and power to buy."""
        return JSONResponse(answers.account(self._desk))

    async def configurations(self, request: Request) -> Response:
        """What the account may do; it cannot be changed here."""
        told = {
            "fractional_trading": True,
            "max_margin_multiplier": str(LEVERAGE),
            "no_shorting": False,
            "suspend_trade": False,
            "trade_confirm_email": "none",
            "ptp_no_exception_entry": False,
        }
        return JSONResponse(told)

    async def activities(self, request: Request) -> Response:
        """Fills, the newest first unless asked otherwise; there are no other activities here."""
        query = request.query_params
        kinds = request.path_params.get("kind") or query.get("activity_types") or "FILL"
        rows = list(self._desk.fills) if "FILL" in kinds.split(",") else []
        after, until = (moment_of(query.get(key)) for key in ("after", "until"))
        rows = [
            row
            for row in rows
            if (after is None or row.ts_ns > after) and (until is None or row.ts_ns < until)
        ]
        if query.get("direction", "desc") != "asc":
            rows.reverse()
        told = [answers.fill_activity(self._desk, row) for row in rows]
        token = query.get("page_token")
        if token is not None:
            known = [row["id"] for row in told]
            told = told[known.index(token) + 1 :] if token in known else []
        return JSONResponse(told[: count_of(query.get("page_size"), 100, 100)])

    async def assets(self, request: Request) -> Response:
        """What can be traded."""
        query = request.query_params
        told = [answers.asset(listing) for listing in self._desk.listings.values()]
        return JSONResponse(
            [
                one
                for one in told
                if query.get("status", "active") == "active"
                and query.get("asset_class", one["class"]) == one["class"]
                and query.get("exchange", one["exchange"]) == one["exchange"]
            ]
        )

    async def asset(self, request: Request) -> Response:
        """One asset."""
        name = request.path_params["name"]
        return JSONResponse(answers.asset(self._listing(request, "unknown", f"asset not found for {name}")))

    async def clock(self, request: Request) -> Response:
        """The rehearsal's time, and when its market opens and closes next."""
        now, calendar = self._venue.told_ns(), self._calendar()
        if calendar is None:
            is_open, opens, closes = True, now, now
        else:
            is_open = calendar.is_open(now)
            opens = calendar.next_open(now)
            closes = calendar.session_bounds(now if is_open else opens)[1]
        told = {"timestamp": now, "next_open": opens, "next_close": closes}
        return JSONResponse({"is_open": is_open, **{key: _local(ts).isoformat() for key, ts in told.items()}})

    async def calendar(self, request: Request) -> Response:
        """Trading days with their hours, New York's time."""
        calendar = self._calendar()
        query = request.query_params
        now = _local(self._desk.now_ns).date()
        start = date.fromisoformat(query.get("start", "")[:10] or str(now - timedelta(days=30)))
        end = date.fromisoformat(query.get("end", "")[:10] or str(now + timedelta(days=30)))
        days = [] if calendar is None else _days(calendar, start, end)
        return JSONResponse(
            [
                {
                    "date": f"{opens:%Y-%m-%d}",
                    "open": f"{opens:%H:%M}",
                    "close": f"{closes:%H:%M}",
                    "session_open": "0400",
                    "session_close": "2000",
                    "settlement_date": f"{opens:%Y-%m-%d}",
                }
                for opens, closes in days
            ]
        )

    def _calendar(self) -> TradingCalendar | None:
        """That of the shares; None where only coins trade."""
        names = [one.instrument.calendar for one in self._desk.listings.values() if not one.is_coin]
        return self._desk.tape.calendars.get(names[0]) if names else None

    def _listing(self, request: Request, kind: str, words: str) -> Any:
        try:
            return find(self._desk, request.path_params["name"])
        except RefusedError as error:
            raise RefusedError(kind, words) from error


def _local(ts_ns: int) -> datetime:
    return from_ns(ts_ns).astimezone(NEW_YORK)


def _days(calendar: TradingCalendar, start: date, end: date) -> Iterable[tuple[datetime, datetime]]:
    at = to_ns(datetime(start.year, start.month, start.day, tzinfo=UTC)) - 1
    while True:
        try:
            opens = calendar.next_open(at)
        except OutsideCalendarError:
            return
        first, last = (_local(ts) for ts in calendar.session_bounds(opens))
        if first.date() > end:
            return
        yield first, last
        at = calendar.session_bounds(opens)[1]
