"""Alpaca's market data as far as live bots ask: latest quotes, trades, bars, snapshots, and closed bars."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tradewind.core.errors import TradewindError
from tradewind.core.market import Bar, Timeframe
from tradewind.core.trading_calendar import calendar_for
from tradewind.execution.venue_server.alpaca.answers import moment
from tradewind.execution.venue_server.alpaca.asking import count_of, moment_of, route
from tradewind.execution.venue_server.alpaca.price_facts import (
    bar_facts,
    began_ns,
    quote_facts,
    trade_facts,
)
from tradewind.execution.venue_server.alpaca.requests import find
from tradewind.execution.venue_server.days import days_of
from tradewind.execution.venue_server.inputs import RefusedError
from tradewind.execution.venue_server.listing import Listing
from tradewind.execution.venue_server.venue import LocalVenue

WORDS = {
    "1Min": Timeframe.M1,
    "5Min": Timeframe.M5,
    "15Min": Timeframe.M15,
    "30Min": Timeframe.M30,
    "1Hour": Timeframe.H1,
    "4Hour": Timeframe.H4,
    "1Day": Timeframe.D1,
    "1Week": Timeframe.W1,
}
"""Alpaca's words for the lengths of bars."""

MOST_BARS = 10_000


class PriceRoutes:
    """Handlers of the market data API."""

    def __init__(self, venue: LocalVenue) -> None:
        self._venue, self._desk = venue, venue.desk

    def routes(self) -> list[Route]:
        """Every way: shares below ``/v2/stocks``, coins below ``/v1beta3/crypto/us``."""
        stocks, coins = "/v2/stocks", "/v1beta3/crypto/us"
        return [
            route("/v1/corporate-actions", "GET", self.corporate_actions),
            route(f"{stocks}/bars", "GET", self.bars),
            route(f"{stocks}/snapshots", "GET", self.stock_snapshots),
            *(route(f"{stocks}/{what}/latest", "GET", self.latest) for what in ("bars", "quotes", "trades")),
            route(f"{coins}/bars", "GET", self.bars),
            route(f"{coins}/snapshots", "GET", self.coin_snapshots),
            *(route(f"{coins}/latest/{what}", "GET", self.latest) for what in ("bars", "quotes", "trades")),
        ]

    async def latest(self, request: Request) -> Response:
        """The newest bar, quote or trade of each symbol that has one."""
        what = next(word for word in request.url.path.split("/") if word in ("bars", "quotes", "trades"))
        make = {"bars": self._bar, "quotes": self._quote, "trades": self._trade}[what]
        found = {listing.instrument.symbol: make(listing) for listing in self._asked(request)}
        return JSONResponse({what: {symbol: one for symbol, one in found.items() if one is not None}})

    async def stock_snapshots(self, request: Request) -> Response:
        """The newest of everything, by symbol."""
        return JSONResponse(self._snapshots(request))

    async def coin_snapshots(self, request: Request) -> Response:
        """The newest of everything, by symbol, under ``snapshots``."""
        return JSONResponse({"snapshots": self._snapshots(request)})

    async def bars(self, request: Request) -> Response:
        """Bars that have closed, of the length that the rehearsal was recorded in, or days of these."""
        query = request.query_params
        recorded = next(word for word, length in WORDS.items() if length is self._desk.tape.timeframe)
        asked = {"1T": "1Min", "1D": "1Day", "1H": "1Hour", "1W": "1Week"}.get(
            query.get("timeframe", ""), query.get("timeframe", "")
        )
        if asked not in (recorded, "1Day"):
            raise RefusedError(
                "invalid", f"invalid timeframe {asked!r}: this rehearsal has bars of {recorded} and 1Day"
            )
        start, end = moment_of(query.get("start")), moment_of(query.get("end"))
        left = count_of(query.get("limit"), 1_000, MOST_BARS)
        skip = int(query.get("page_token") or 0)
        rows = [
            (listing.instrument.symbol, self._told(bar))
            for listing in self._asked(request)
            for bar in _sorted(self._bars(listing, days=asked != recorded), query.get("sort", "asc"))
            if (start is None or began_ns(self._desk, bar) >= start)
            and (end is None or began_ns(self._desk, bar) <= end)
        ]
        told: dict[str, list[dict[str, Any]]] = {}
        for symbol, bar in rows[skip : skip + left]:
            told.setdefault(symbol, []).append(bar)
        token = str(skip + left) if len(rows) > skip + left else None
        return JSONResponse({"bars": told, "next_page_token": token})

    def _bars(self, listing: Listing, *, days: bool) -> list[Bar]:
        bars = self._desk.bars[listing.id]
        if not days:
            return bars
        return days_of(bars, calendar_for(listing.instrument.calendar, self._desk.tape.calendars))

    async def corporate_actions(self, request: Request) -> Response:
        """None: the prices of a rehearsal stand on one basis."""
        return JSONResponse({"corporate_actions": {}, "next_page_token": None})

    def _asked(self, request: Request) -> Iterable[Listing]:
        words = [word for word in request.query_params.get("symbols", "").split(",") if word]
        if not words:
            raise RefusedError("invalid", "symbols is required")
        found = []
        for word in words:
            try:
                found.append(find(self._desk, word))
            except TradewindError:
                continue  # what is not listed has no prices, as at Alpaca
        return found

    def _snapshots(self, request: Request) -> dict[str, dict[str, Any]]:
        told: dict[str, dict[str, Any]] = {}
        for listing in self._asked(request):
            bars = [self._told(bar) for bar in self._desk.bars[listing.id][-2:]]
            snapshot = {"latestTrade": self._trade(listing), "latestQuote": self._quote(listing)}
            if self._desk.tape.timeframe is Timeframe.M1 and bars:
                snapshot["minuteBar"] = bars[-1]
            if self._desk.tape.timeframe is Timeframe.D1 and bars:
                snapshot["dailyBar"] = bars[-1]
                snapshot["prevDailyBar"] = bars[-2] if len(bars) > 1 else None
            told[listing.instrument.symbol] = snapshot
        return told

    def _bar(self, listing: Listing) -> dict[str, Any] | None:
        bars = self._desk.bars[listing.id]
        return self._told(bars[-1]) if bars else None

    def _quote(self, listing: Listing) -> dict[str, Any] | None:
        shown = self._desk.shown.get(listing.id)
        sizes = self._desk.sizes(listing.id)
        return None if shown is None else {"t": moment(shown.ts_ns), **quote_facts(listing, shown, *sizes)}

    def _trade(self, listing: Listing) -> dict[str, Any] | None:
        shown = self._desk.shown.get(listing.id)
        if shown is None:
            return None
        return {"t": moment(shown.ts_ns), **trade_facts(listing, shown, self._desk.position)}

    def _told(self, bar: Bar) -> dict[str, Any]:
        return {"t": moment(began_ns(self._desk, bar)), **bar_facts(bar)}


def _sorted(bars: list[Bar], direction: str) -> Iterable[Bar]:
    return reversed(bars) if direction == "desc" else bars
