"""A made-up Binance on loopback, REST and WebSocket, that keeps time with a faster clock.

The stream's faults (drops, nonsense, repeats, disorder) are switched on by tests.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random

from live_market import FastClock, Market, on_loopback, price_at
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

PAIRS = {"BTCUSDT": ("BTC", 60_000.0, 0.0), "ETHUSDT": ("ETH", 3_000.0, 1.0)}


def close_of(pair: str, minute: int) -> float:
    _, base, phase = PAIRS[pair]
    return price_at(pair, minute, base, phase)


def kline_of(pair: str, minute: int) -> list[object]:
    """The kline that ends at ``minute``, as REST gives it."""
    opened, closed = close_of(pair, minute - 1), close_of(pair, minute)
    low, high = min(opened, closed) * 0.9999, max(opened, closed) * 1.0001
    end_ms = minute * 60_000
    figures = [f"{figure:.2f}" for figure in (opened, high, low, closed)]
    return [end_ms - 60_000, *figures, "2500.0", end_ms - 1, "1.0", 7, "6", "0.5", "0"]


def kline_frame(pair: str, minute: int, *, closed: bool = True) -> bytes:
    row = kline_of(pair, minute)
    kline = dict(zip("tohlcv", row[:6], strict=True)) | {"T": row[6], "i": "1m", "x": closed, "s": pair}
    body = {"stream": f"{pair.lower()}@kline_1m", "data": {"e": "kline", "s": pair, "k": kline}}
    return json.dumps(body).encode()


def ticker_frame(pair: str, number: int, price: float) -> bytes:
    data = {"u": number, "s": pair, "b": f"{price:.2f}", "B": "50", "a": f"{price + 0.02:.2f}", "A": "50"}
    return json.dumps({"stream": f"{pair.lower()}@bookTicker", "data": data}).encode()


def instrument_row(base: str, *, tick: str = "0.01000000", status: str = "TRADING") -> dict[str, object]:
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": tick},
        {"filterType": "LOT_SIZE", "stepSize": "0.00001000"},
    ]
    coins = {"baseAsset": base, "quoteAsset": "USDT"}
    return {"symbol": f"{base}USDT", "status": status, **coins, "filters": filters}


def instrument_answer(pair: str = "") -> bytes:
    """What a pair is; without one all of them, one that is shut and one whose grid is none."""
    if pair:
        return json.dumps({"symbols": [instrument_row(PAIRS[pair][0])]}).encode()
    rows = [instrument_row(base) for base, _, _ in PAIRS.values()]
    rows += [instrument_row("BAD", tick="0"), instrument_row("SHUT", status="BREAK")]
    return json.dumps({"symbols": rows}).encode()


@dataclass
class Exchange(Market):
    """Binance, as far as a session asks it."""

    faults: bool = False
    """Nonsense, repeats and disorder between the frames, and a connection that breaks every while."""

    def respond(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.rest_down:
            return 503, {}, b"down"
        if path == "/api/v3/exchangeInfo":
            return 200, {}, instrument_answer(query.get("symbol", ""))
        first = -(-int(query["startTime"]) // 60_000) + 1
        last = min(int(query["endTime"]) // 60_000 + 1, self.minute() + 1)
        minutes = range(first, last + 1)[: int(query["limit"])]
        return 200, {}, json.dumps([kline_of(query["symbol"], minute) for minute in minutes]).encode()

    async def stream(self, socket: ServerConnection) -> None:
        """Frames of what was subscribed, until the other side is gone."""
        self.connections += 1
        path = socket.request.path if socket.request is not None else ""
        names = path.partition("streams=")[2].split("/")
        klines = [name.partition("@")[0].upper() for name in names if "@kline" in name]
        tickers = [name.partition("@")[0].upper() for name in names if "@bookTicker" in name]
        if self.stream_down:
            socket.transport.abort()
            return
        with suppress(ConnectionClosed):
            await self.play(socket, klines, tickers)

    async def play(self, socket: ServerConnection, klines: list[str], tickers: list[str]) -> None:
        """Each closed kline once a minute, the one that is still made before it, and quotes all the time."""
        chance, number, done = Random(self.connections), self.connections * 10**6, self.minute()
        while True:
            while self.stalled and not self.stream_down:
                await asyncio.sleep(0.02)
            if self.stream_down:
                socket.transport.abort()
                return
            for pair in klines:
                await socket.send(kline_frame(pair, done + 1, closed=False), text=True)
            while self.minute() <= done:
                number += 1
                for pair in tickers:
                    await socket.send(ticker_frame(pair, number, close_of(pair, done)), text=True)
                await asyncio.sleep(0.02)
            for minute in range(done + 1, self.minute() + 1):
                done = minute
                for frame in self.frames(klines, minute, chance):
                    await socket.send(frame, text=True)
            if self.faults and done % 5 == 0:
                socket.transport.abort()
                return

    def frames(self, pairs: list[str], minute: int, chance: Random) -> list[bytes]:
        made = [kline_frame(pair, minute) for pair in pairs]
        if self.faults:
            lost = chance.random() < 0.2
            made = made[1:] if lost else made
            made += [kline_frame(pair, minute - chance.randrange(4)) for pair in pairs]
            made += [b"nonsense", b'{"stream":"btcusdt@kline_1m","data":{}}']
            chance.shuffle(made)
        return made


@contextmanager
def exchange(clock: FastClock) -> Iterator[Exchange]:
    """Both servers, until the block ends."""
    with on_loopback(Exchange(clock)) as site:
        yield site
