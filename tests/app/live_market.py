"""What made-up markets on loopback share: a faster clock, a price at each minute, servers, and faults.

A market is a function of the minute, so that everybody who asks gets the same bars: waves that a momentum
rule can learn, with a little noise.
"""

import asyncio
import math
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websocket

sys.path.append(str(Path(__file__).parents[1] / "data"))  # the servers of the data tests

from loopback_http import serve

MINUTE_NS = 60_000_000_000


@dataclass
class FastClock:
    """Since the real moment ``base_ns``, ``speed`` times as fast, from ``from_ns`` on (0: that moment)."""

    base_ns: int
    speed: float
    from_ns: int = 0

    def now_ns(self) -> int:
        return (self.from_ns or self.base_ns) + int((time.time_ns() - self.base_ns) * self.speed)


def price_at(name: str, minute: int, base: float, phase: float, digits: int = 2) -> float:
    """The close of a minute, by its number since 1970."""
    noise = Random(f"{name}{minute}").gauss(0.0, 1e-4)
    return round(base * math.exp(0.03 * math.sin(2 * math.pi * minute / 90 + phase) + noise), digits)


@dataclass
class Market:
    """Where it listens, and what is wrong with it."""

    clock: FastClock
    url: str = ""
    rest_url: str = ""
    rest_down: bool = False
    stream_down: bool = False
    """Its stream takes no connection, and drops those that it has."""
    stalled: bool = False
    """Its stream sends nothing, and says nothing of it."""
    connections: int = 0
    sent: set[tuple[str, int]] = field(default_factory=set)

    def minute(self) -> int:
        """The last minute that has ended."""
        return self.clock.now_ns() // MINUTE_NS


class Serving(Protocol):
    url: str
    rest_url: str

    def respond(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]: ...

    async def stream(self, socket: ServerConnection) -> None: ...


M = TypeVar("M", bound=Serving)


@contextmanager
def on_loopback(market: M) -> Iterator[M]:
    """Both its servers, until the block ends."""
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    async def main() -> None:
        async with serve_websocket(market.stream, "127.0.0.1", 0, compression=None) as server:
            market.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    with serve(market.respond) as rest:  # type: ignore[arg-type]
        market.rest_url = rest.url
        thread.start()
        assert ready.wait(5.0)
        try:
            yield market
        finally:
            loop.call_soon_threadsafe(over.set)
            thread.join()
            loop.close()
