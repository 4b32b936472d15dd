"""Binance's market data: exchangeInfo, depth, trades, klines, tickers."""

from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from tradewind.core.market import Bar
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.execution.venue_server.binance.answers import eight, ms, price, units
from tradewind.execution.venue_server.binance.asking import (
    BinanceError,
    Door,
    Params,
    server_ms,
    symbol_of,
    whole,
    wire,
)
from tradewind.execution.venue_server.binance.requests import LEAST_NOTIONAL, TYPES
from tradewind.execution.venue_server.listing import Listing
from tradewind.execution.venue_server.tape import Shown
from tradewind.execution.venue_server.venue import LocalVenue

LARGEST = "92233720368.00000000"


class MarketRoutes:
    """Handlers of the public ways."""

    def __init__(self, venue: LocalVenue) -> None:
        self._venue, self._desk = venue, venue.desk

    def routes(self, door: Door) -> list[Route]:
        """Every way."""
        ways = {
            "ping": self.ping,
            "time": self.time,
            "exchangeInfo": self.exchange_info,
            "depth": self.depth,
            "trades": self.trades,
            "aggTrades": self.aggregate_trades,
            "klines": self.klines,
            "ticker/price": self.ticker_price,
            "ticker/bookTicker": self.book_ticker,
            "ticker/24hr": self.ticker_day,
        }
        return [door.public(f"/api/v3/{name}", "GET", handler) for name, handler in ways.items()]

    async def ping(self, params: Params, request: Request) -> object:
        """It is there."""
        return {}

    async def time(self, params: Params, request: Request) -> object:
        """The wall's time, by which requests are signed."""
        return {"serverTime": server_ms(self._venue)}

    async def exchange_info(self, params: Params, request: Request) -> object:
        """Symbols and their filters."""
        wanted = [symbol_of(self._venue, params)] if "symbol" in params else self._desk.listings.values()
        return {
            "timezone": "UTC",
            "serverTime": server_ms(self._venue),
            "rateLimits": [],
            "exchangeFilters": [],
            "symbols": [_symbol(listing) for listing in wanted],
        }

    async def depth(self, params: Params, request: Request) -> object:
        """The best price on either side, with what is left of it: the only level that is known."""
        listing = symbol_of(self._venue, params)
        shown = self._desk.shown.get(listing.id)
        told: dict[str, object] = {"lastUpdateId": self._desk.position, "bids": [], "asks": []}
        if shown is not None:
            bid, ask = self._desk.sizes(listing.id)
            told["bids"] = [[price(listing, shown.bid_ticks), units(bid)]]
            told["asks"] = [[price(listing, shown.ask_ticks), units(ask)]]
        return told

    async def trades(self, params: Params, request: Request) -> object:
        """The newest prices of the tape, as trades."""
        listing = symbol_of(self._venue, params)
        most = min(max(whole(params, "limit", 500), 1), 1_000)
        found: list[dict[str, Any]] = []
        for nth in range(self._desk.position - 1, -1, -1):
            step = self._desk.tape.steps[nth]
            if isinstance(step, Shown) and step.instrument_id == listing.id:
                found.append(trade(listing, step, nth))
            if len(found) == most:
                break
        return found[::-1]

    async def aggregate_trades(self, params: Params, request: Request) -> object:
        """The same, each an aggregate of its own."""
        found: Any = await self.trades(params, request)
        return [
            {
                "a": one["id"],
                "p": one["price"],
                "q": one["qty"],
                "f": one["id"],
                "l": one["id"],
                "T": one["time"],
                "m": one["isBuyerMaker"],
                "M": one["isBestMatch"],
            }
            for one in found
        ]

    async def klines(self, params: Params, request: Request) -> object:
        """Bars that have closed, of the length that was recorded."""
        listing = symbol_of(self._venue, params)
        recorded = str(self._desk.tape.timeframe)
        if params.get("interval") != recorded:
            raise BinanceError(-1120, f"Invalid interval: this rehearsal has bars of {recorded}.")
        start, end = whole(params, "startTime", 0), whole(params, "endTime", 10**17)
        most = min(max(whole(params, "limit", 500), 1), 1_000)
        rows = [kline(listing, bar, self._length_ns) for bar in self._desk.bars[listing.id]]
        rows = [row for row in rows if start <= row[0] <= end]
        return rows[:most] if "startTime" in params else rows[-most:]

    async def ticker_price(self, params: Params, request: Request) -> object:
        """Last prices."""
        return self._each(params, lambda listing, shown: {"price": price(listing, shown.last_ticks)})

    async def book_ticker(self, params: Params, request: Request) -> object:
        """Best prices and their sizes."""
        return self._each(params, self._best)

    async def ticker_day(self, params: Params, request: Request) -> object:
        """The last 24 hours, of the bars that closed in them."""
        return self._each(params, self._day)

    def _each(self, params: Params, make: Any) -> object:
        wanted = [symbol_of(self._venue, params)] if "symbol" in params else self._desk.listings.values()
        rows = [
            {"symbol": wire(listing)} | make(listing, self._desk.shown[listing.id])
            for listing in wanted
            if listing.id in self._desk.shown
        ]
        if "symbol" not in params:
            return rows
        if not rows:
            raise BinanceError(-1013, "Market is closed.")
        return rows[0]

    def _best(self, listing: Listing, shown: Shown) -> dict[str, Any]:
        bid, ask = self._desk.sizes(listing.id)
        return {
            "bidPrice": price(listing, shown.bid_ticks),
            "bidQty": units(bid),
            "askPrice": price(listing, shown.ask_ticks),
            "askQty": units(ask),
        }

    def _day(self, listing: Listing, shown: Shown) -> dict[str, Any]:
        now = self._desk.now_ns
        bars = [bar for bar in self._desk.bars[listing.id] if bar.ts_event > now - NS_PER_DAY]
        last = listing.price(shown.last_ticks)
        first = Decimal(repr(bars[0].open)) if bars else last
        volume = sum((Decimal(repr(bar.volume)) for bar in bars), Decimal(0))
        change = last - first
        return self._best(listing, shown) | {
            "priceChange": eight(change),
            "priceChangePercent": f"{change / first * 100:.3f}",
            "lastPrice": eight(last),
            "openPrice": eight(first),
            "highPrice": eight(max([last, *(Decimal(repr(bar.high)) for bar in bars)])),
            "lowPrice": eight(min([last, *(Decimal(repr(bar.low)) for bar in bars)])),
            "volume": eight(volume),
            "openTime": ms(now - NS_PER_DAY),
            "closeTime": ms(now),
        }

    @property
    def _length_ns(self) -> int:
        return self._desk.tape.timeframe.length_ns


def kline(listing: Listing, bar: Bar, length_ns: int) -> list[Any]:
    """A bar; how many trades there were, and who took, nobody recorded: zeros."""
    prices = [eight(Decimal(repr(value))) for value in (bar.open, bar.high, bar.low, bar.close)]
    volume = eight(Decimal(repr(bar.volume)))
    none = "0.00000000"
    return [ms(bar.ts_event - length_ns), *prices, volume, ms(bar.ts_event) - 1, none, 0, none, none, "0"]


def trade(listing: Listing, shown: Shown, number: int) -> dict[str, Any]:
    """A price of the tape as a trade."""
    value = listing.price(shown.last_ticks) * Decimal(shown.size_lots).scaleb(-8)
    return {
        "id": number,
        "price": price(listing, shown.last_ticks),
        "qty": units(shown.size_lots),
        "quoteQty": eight(value),
        "time": ms(shown.ts_ns),
        "isBuyerMaker": False,
        "isBestMatch": True,
    }


def _symbol(listing: Listing) -> dict[str, Any]:
    tick, step = eight(listing.instrument.tick), eight(listing.step)
    return {
        "symbol": wire(listing),
        "status": "TRADING",
        "baseAsset": listing.base,
        "baseAssetPrecision": 8,
        "quoteAsset": listing.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(TYPES),
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": LARGEST, "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": step, "maxQty": LARGEST, "stepSize": step},
            {
                "filterType": "NOTIONAL",
                "minNotional": eight(LEAST_NOTIONAL),
                "applyMinToMarket": True,
                "maxNotional": LARGEST,
                "applyMaxToMarket": False,
                "avgPriceMins": 0,
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }
