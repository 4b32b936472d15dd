"""A real websockets server that plays scripts, frames in Binance's documented shape, and a history."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websocket

from tradewind.core.errors import NoDataError
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_MINUTE, parse_ns

START = parse_ns("2024-03-01")
MS = 1_000_000
Script = Callable[[ServerConnection], Awaitable[None]]


def at(minute: float) -> int:
    return START + int(minute * NS_PER_MINUTE)


def price(minute: int) -> float:
    return 100.0 + minute


def kline_frame(minute: int, *, closed: bool = True, pair: str = "BTCUSDT", **changes: object) -> bytes:
    """The kline that ends at ``minute``."""
    kline: dict[str, object] = {
        "t": at(minute - 1) // MS,
        "T": at(minute) // MS - 1,
        "s": pair,
        "i": "1m",
        "f": 1,
        "L": 2,
        "o": f"{price(minute):.8f}",
        "c": f"{price(minute) + 0.5:.8f}",
        "h": f"{price(minute) + 1:.8f}",
        "l": f"{price(minute) - 1:.8f}",
        "v": "3.25000000",
        "n": 2,
        "x": closed,
    }
    data = {"e": "kline", "E": at(minute) // MS, "s": pair, "k": kline | changes}
    return json.dumps({"stream": f"{pair.lower()}@kline_1m", "data": data}).encode()


def ticker_frame(number: int, bid: float, ask: float, pair: str = "BTCUSDT") -> bytes:
    data = {"u": number, "s": pair, "b": f"{bid:.8f}", "B": "1.0", "a": f"{ask:.8f}", "A": "2.0"}
    return json.dumps({"stream": f"{pair.lower()}@bookTicker", "data": data}).encode()


def trade_frame(number: int, pair: str = "BTCUSDT") -> bytes:
    data = {
        "e": "trade",
        "E": at(0) // MS,
        "s": pair,
        "t": number,
        "p": "10.5",
        "q": "0.25",
        "T": at(0) // MS,
        "m": True,
        "M": True,
    }
    return json.dumps({"stream": f"{pair.lower()}@trade", "data": data}).encode()


def depth_frame(first: int, last: int, bids=(), asks=(), pair: str = "BTCUSDT") -> bytes:
    data = {
        "e": "depthUpdate",
        "E": at(0) // MS,
        "s": pair,
        "U": first,
        "u": last,
        "b": list(bids),
        "a": list(asks),
    }
    return json.dumps({"stream": f"{pair.lower()}@depth@100ms", "data": data}).encode()


@asynccontextmanager
async def websocket_site(*scripts: Script) -> AsyncIterator[str]:
    """Each connection is handled by the next script; the last one serves all further ones."""
    taken = 0

    async def handle(socket: ServerConnection) -> None:
        nonlocal taken
        taken += 1
        await scripts[min(taken, len(scripts)) - 1](socket)

    async with serve_websocket(handle, "127.0.0.1", 0, compression=None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def plays(*frames: bytes, hold: bool = False, abort: bool = False) -> Script:
    """Send frames, then close in good order, or hold the line, or break it off."""

    async def script(socket: ServerConnection) -> None:
        for frame in frames:
            await socket.send(frame, text=True)
        if hold:
            await socket.wait_closed()
        if abort:
            await asyncio.sleep(0.05)  # what was sent has left
            socket.transport.abort()

    return script


class History:
    """The exchange's bars over REST: every minute but those in ``lacks``; ``failures`` are raised first."""

    def __init__(self, lacks: tuple[int, ...] = (), failures: tuple[Exception, ...] = ()) -> None:
        self.lacks, self.failures = lacks, list(failures)
        self.asked: list[tuple[str, int, int]] = []

    def __call__(self, request: BarRequest) -> BarColumns:
        first = -(-(request.start_ns - START) // NS_PER_MINUTE)
        end = -(-(request.end_ns - START) // NS_PER_MINUTE)
        self.asked.append((request.instrument_id, first, end))
        if self.failures:
            raise self.failures.pop(0)
        minutes = np.array([n for n in range(first, end) if n not in self.lacks], dtype=np.int64)
        if not len(minutes):
            raise NoDataError("Nothing there.")
        opened = 100.0 + minutes
        return BarColumns(
            instrument_id=request.instrument_id,
            timeframe=request.timeframe,
            ts_event=START + minutes * NS_PER_MINUTE,
            open=opened,
            high=opened + 1,
            low=opened - 1,
            close=opened + 0.5,
            volume=np.full(len(minutes), 3.25),
            source="binance",
        )
