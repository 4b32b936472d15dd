"""A made-up Coinbase on loopback: products, candles and the stream of trades, from its documentation."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from live_market import MINUTE_NS, Market, price_at
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

PRODUCTS = {"BTC-USD": (60_000.0, 0.0), "ETH-USD": (3_000.0, 1.0)}
QUARTERS_S = (1, 20, 40, 58)
"""Seconds of a minute at which it trades: the first and the last are its open and its close."""


def close_of(product: str, minute: int) -> float:
    base, phase = PRODUCTS[product]
    return price_at(product, minute, base, phase)


def prices_of(product: str, minute: int) -> tuple[float, float, float, float]:
    """Open, high, low and close of the minute that ends then, in the order in which they are traded."""
    opened, closed = close_of(product, minute - 1), close_of(product, minute)
    return opened, round(max(opened, closed) + 1.0, 2), round(min(opened, closed) - 1.0, 2), closed


def trades_of(product: str, minute: int) -> list[tuple[int, float, int]]:
    """``(number, price, ts_ns)`` of the minute that ends then, oldest first."""
    begin = (minute - 1) * MINUTE_NS
    priced = zip(prices_of(product, minute), QUARTERS_S, strict=True)
    return [(4 * minute + n, price, begin + s * 10**9) for n, (price, s) in enumerate(priced)]


def stamp(ts_ns: int) -> str:
    return f"{datetime.fromtimestamp(ts_ns // 10**9, UTC):%Y-%m-%dT%H:%M:%S}.{ts_ns % 10**9:09d}Z"


@dataclass
class Coinbase(Market):
    """As far as a session of coins asks it."""

    def respond(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.rest_down:
            return 503, {}, b"down"
        product = path.removeprefix("/api/v3/brokerage/market/products/").partition("/")[0]
        if not path.endswith("/candles"):
            return 200, {}, json.dumps(product_answer(product)).encode()
        begin, end = int(query["start"]) // 60, int(query["end"]) // 60
        candles = []
        for minute in range(begin + 1, min(end, self.minute()) + 2):
            opened, high, low, closed = prices_of(product, minute)
            figures = {"open": opened, "high": high, "low": low, "close": closed, "volume": 1.0}
            candles.append(
                {"start": str((minute - 1) * 60)} | {name: f"{value}" for name, value in figures.items()}
            )
        return 200, {}, json.dumps({"candles": candles[::-1]}).encode()

    async def stream(self, socket: ServerConnection) -> None:
        """Subscriptions, each answered; then trades, tickers and heartbeats until the other side is gone."""
        self.connections += 1
        if self.stream_down:
            socket.transport.abort()
            return
        with suppress(ConnectionClosed):
            speaker = Speaker(socket, self)
            held: dict[str, list[str]] = {}
            while not {"heartbeats", "market_trades"} <= set(held):
                asked = json.loads(await socket.recv())
                held[asked["channel"]] = asked.get("product_ids", [])
                await speaker.say("subscriptions", [{"subscriptions": held}])
            await speaker.play(held["market_trades"])


class Speaker:
    """One connection: its numbers rise by one with each message."""

    def __init__(self, socket: ServerConnection, market: Coinbase) -> None:
        self.socket, self.market, self.number = socket, market, -1
        self.after_ns = 0

    async def say(self, channel: str, events: list[dict[str, object]]) -> None:
        self.number += 1
        now = stamp(self.market.clock.now_ns())
        body = {"channel": channel, "client_id": "", "timestamp": now, "sequence_num": self.number}
        await self.socket.send(json.dumps(body | {"events": events}))

    async def play(self, products: list[str]) -> None:
        market, self.after_ns = self.market, self.market.clock.now_ns()
        await self.say("market_trades", [{"type": "snapshot", "trades": self.rows(products, 0)}])
        while True:
            if market.stream_down:
                self.socket.transport.abort()
                return
            if not market.stalled:
                now = market.clock.now_ns()
                if rows := self.rows(products, self.after_ns):
                    await self.say("market_trades", [{"type": "update", "trades": rows}])
                self.after_ns = now
                beat = {"current_time": stamp(now).replace("T", " "), "heartbeat_counter": self.number}
                await self.say("heartbeats", [beat])
            await asyncio.sleep(0.03)

    def rows(self, products: list[str], after_ns: int) -> list[dict[str, object]]:
        """Trades up to now, newest first: those after a moment, or without one the last."""
        now = self.market.clock.now_ns()
        minute = now // MINUTE_NS
        first = after_ns // MINUTE_NS + 1 if after_ns else minute
        found = []
        for product in products:
            made = [t for m in range(first, minute + 2) for t in trades_of(product, m)]
            told = [t for t in made if after_ns < t[2] <= now]
            found += [row_of(product, *trade) for trade in (told if after_ns else told[-1:])]
        return sorted(found, key=lambda row: str(row["time"]), reverse=True)


def row_of(product: str, number: int, price: float, ts_ns: int) -> dict[str, object]:
    figures = {"trade_id": str(number), "price": f"{price}", "size": "0.25"}
    return {"product_id": product, "side": "BUY", "time": stamp(ts_ns), **figures}


def product_answer(product: str) -> dict[str, object]:
    """Fields of the documented product; figures are text there."""
    base, _, quote = product.partition("-")
    return {
        "product_id": product,
        "base_increment": "0.00000001",
        "quote_increment": "0.01",
        "price_increment": "0.01",
        "quote_min_size": "1",
        "base_min_size": "0.00000001",
        "base_max_size": "3400",
        "status": "online",
        "product_type": "SPOT",
        "trading_disabled": False,
        "is_disabled": False,
        "base_currency_id": base,
        "quote_currency_id": quote,
    }
