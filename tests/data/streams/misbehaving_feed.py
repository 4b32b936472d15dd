"""A real websockets server that plays a vendor's feed and misbehaves, and the bars that its history has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websocket
from wire_vendors import MINUTE_NS, START_NS, Feed, Vendor, at

from tradewind.core.errors import NoDataError
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest


class MarketClock:
    """The time of the market, which whoever plays it sets."""

    def __init__(self, minute: float) -> None:
        self.now = at(minute)

    def now_ns(self) -> int:
        return self.now


class Stage:
    """One connection that has been greeted."""

    def __init__(self, socket: ServerConnection, feed: Feed, clock: MarketClock) -> None:
        self.socket, self.feed, self.clock = socket, feed, clock

    async def send(self, frames: list[bytes]) -> None:
        for frame in frames:
            await self.socket.send(frame, text=True)

    async def bars(self, symbol: str, *minutes: int) -> None:
        """Play these minutes, the clock with them."""
        for minute in minutes:
            self.clock.now = max(self.clock.now, at(minute) + 2 * 10**9)
            await self.send(self.feed.bar(symbol, minute))
            await asyncio.sleep(0)

    async def hold(self) -> None:
        await self.socket.wait_closed()

    async def break_off(self, frame: bytes) -> None:
        """Half of a frame, then nothing more: the line is dead."""
        protocol = self.socket.protocol
        protocol.send_text(frame)
        data = b"".join(protocol.data_to_send())
        self.socket.transport.write(data[: len(data) // 2])
        await asyncio.sleep(0.05)
        self.socket.transport.abort()


Play = Callable[[Stage], Awaitable[None]]


@asynccontextmanager
async def feed_site(vendor: Vendor, clock: MarketClock, *plays: Play) -> AsyncIterator[str]:
    """Each connection is played by the next; the last one serves all further ones."""
    taken = 0

    async def handle(socket: ServerConnection) -> None:
        nonlocal taken
        taken += 1
        play = plays[min(taken, len(plays)) - 1]
        assert socket.request.path.startswith(vendor.path)
        feed = vendor.open_feed()
        await feed.greet(socket)
        await play(Stage(socket, feed, clock))

    async with serve_websocket(handle, "127.0.0.1", 0, compression=None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class Past:
    """The vendor's bars over REST, of every minute that has closed; ``lacks`` are those without a trade."""

    def __init__(self, clock: MarketClock, lacks: tuple[int, ...] = ()) -> None:
        self.clock, self.lacks = clock, lacks
        self.asked: list[tuple[int, int]] = []

    def __call__(self, request: BarRequest) -> BarColumns:
        first = -(-(request.start_ns - START_NS) // MINUTE_NS)
        end = -(-(min(request.end_ns, self.clock.now + 1) - START_NS) // MINUTE_NS)
        self.asked.append((first, end))
        minutes = np.array([n for n in range(first, end) if n not in self.lacks], dtype=np.int64)
        if not len(minutes):
            raise NoDataError("Nothing there.")
        opened = 100.0 + minutes
        return BarColumns(
            instrument_id=request.instrument_id,
            timeframe=request.timeframe,
            ts_event=START_NS + minutes * MINUTE_NS,
            open=opened,
            high=opened + 1,
            low=opened - 1,
            close=opened + 0.5,
            volume=np.full(len(minutes), 3.25),
            source="history",
        )
