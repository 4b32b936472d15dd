"""A made-up Alpaca on loopback: bars of US stocks by REST and WebSocket, from its documentation.

It has bars in New York's hours alone, by the city's own clock, and wants a key.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from live_market import MINUTE_NS, Market, price_at
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

KEYS = {"TRADEWIND_ALPACA_API_KEY": "AK-made-up", "TRADEWIND_ALPACA_API_SECRET": "SECRET-made-up"}
STOCKS = {"MSFT": (410.0, 0.0), "NVDA": (880.0, 1.0)}
NEW_YORK = ZoneInfo("America/New_York")
DAY_MINUTES = 1_440


def local(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(NEW_YORK)


def is_traded(minute: int) -> bool:
    """Whether a minute bar ends then: a weekday, after 9:30 up to 16:00 in New York."""
    moment = local(minute)
    return moment.weekday() < 5 and time(9, 30) < moment.time() <= time(16)


def close_of(symbol: str, minute: int) -> float:
    base, phase = STOCKS[symbol]
    return price_at(symbol, minute, base, phase)


def bar_of(symbol: str, minute: int) -> dict[str, object]:
    """The bar that ends at ``minute``, labelled by its beginning."""
    opened, closed = close_of(symbol, minute - 1), close_of(symbol, minute)
    low, high = round(min(opened, closed) - 0.02, 2), round(max(opened, closed) + 0.02, 2)
    return {
        "t": label(minute - 1),
        "o": opened,
        "h": high,
        "l": low,
        "c": closed,
        "v": 25_000,
        "n": 90,
        "vw": closed,
    }


def label(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minute_of(text: str) -> int:
    """The minute that begins then or next."""
    return -(-int(datetime.fromisoformat(text).timestamp()) // 60)


@dataclass
class Alpaca(Market):
    """As far as a session of stocks asks it."""

    def respond(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.rest_down:
            return 503, {}, b"down"
        if path == "/v1/corporate-actions":
            return 200, {}, b'{"corporate_actions": {}, "next_page_token": null}'
        symbol, begin, end = query["symbols"], minute_of(query["start"]), minute_of(query["end"]) - 1
        if query["timeframe"] == "1Day":
            rows = self.days(symbol, begin, end)
        else:
            ends = range(begin + 1, min(end, self.minute()) + 2)
            rows = [bar_of(symbol, minute) for minute in ends if is_traded(minute)]
        limit = int(query["limit"])
        more = "more" if len(rows) > limit else None
        page = {symbol: rows[:limit]} if rows else {}
        return 200, {}, json.dumps({"bars": page, "next_page_token": more}).encode()

    def days(self, symbol: str, begin: int, end: int) -> list[dict[str, object]]:
        """Days labelled by their midnight in New York, the one that is going on too."""
        rows = []
        for minute in range(begin - begin % 60, min(end, self.minute()) + 1, 60):
            moment = local(minute)
            if moment.time() == time(0) and moment.weekday() < 5 and minute >= begin:
                rows.append(bar_of(symbol, minute + 16 * 60) | {"t": label(minute)})
        return rows

    async def stream(self, socket: ServerConnection) -> None:
        """Greeting, key, subscription; then what was subscribed, until the other side is gone."""
        self.connections += 1
        if self.stream_down:
            socket.transport.abort()
            return
        with suppress(ConnectionClosed):
            await say(socket, {"T": "success", "msg": "connected"})
            key = json.loads(await socket.recv())
            if (key["key"], key["secret"]) != tuple(KEYS.values()):
                await say(socket, {"T": "error", "code": 402, "msg": "auth failed"})
                return
            await say(socket, {"T": "success", "msg": "authenticated"})
            asked = json.loads(await socket.recv())
            asked.pop("action")
            await say(socket, {"T": "subscription", "trades": [], "quotes": [], "bars": []} | asked)
            await self.play(socket, asked["bars"], asked.get("quotes", []))

    async def play(self, socket: ServerConnection, bars: list[str], quotes: list[str]) -> None:
        done = self.minute()
        while True:
            if self.stream_down:
                socket.transport.abort()
                return
            if self.stalled:
                await asyncio.sleep(0.02)
                continue  # what it did not say it never says
            now = self.minute()
            for minute in range(done + 1, now + 1):
                if is_traded(minute):
                    await socket.send(json.dumps([{"T": "b", "S": s} | bar_of(s, minute) for s in bars]))
            done = max(done, now)
            if is_traded(done + 1) and quotes:
                rows = [quote_of(symbol, done, self.clock.now_ns()) for symbol in quotes]
                await socket.send(json.dumps(rows))
            await asyncio.sleep(0.05)


def quote_of(symbol: str, minute: int, now_ns: int) -> dict[str, object]:
    price = close_of(symbol, minute)
    second = datetime.fromtimestamp(now_ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    shown = {
        "bx": "V",
        "bp": round(price - 0.01, 2),
        "bs": 4,
        "ax": "V",
        "ap": round(price + 0.01, 2),
        "as": 3,
    }
    return {"T": "q", "S": symbol, **shown, "t": f"{second}.{now_ns % 10**9:09d}Z", "c": ["R"], "z": "C"}


async def say(socket: ServerConnection, message: dict[str, object]) -> None:
    await socket.send(json.dumps([message]))


def minutes_between(first_ns: int, last_ns: int) -> list[int]:
    """Minutes that have a bar, after the one and up to the other."""
    return [m for m in range(first_ns // MINUTE_NS + 1, last_ns // MINUTE_NS + 1) if is_traded(m)]
