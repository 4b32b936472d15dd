"""Puts a stream's events on the bus: in batches, without ever holding the stream up.

While the server is away events wait, of each kind as many as its room has; the oldest go first and are
counted, and readers see the hole in the numbers. A batch is one transaction: where it is not known whether
the server took it, it is sent again, and readers drop what they have by its number.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import DataError, NetworkError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Event
from tradewind.data.policy.redis_server import (
    RedisServer,
    connected,
    require_library,
    stop_if_cancelled,
    typed_redis_error,
)
from tradewind.data.streams.bus.entries import (
    FIELD,
    ROOMS,
    VERSION,
    Beat,
    Entry,
    Kind,
    Room,
    encode_entry,
    kind_of,
    stream_key,
)

_ORDER = (Kind.BARS, Kind.TRADES, Kind.QUOTES, Kind.BOOKS, Kind.SIGNS)


@dataclass(frozen=True)
class PublishSettings:
    """Events of one transaction at most, seconds between signs of life, and waits after a failure."""

    batch: int = 100
    beat_s: float = 1.0
    first_wait_s: float = 0.1
    longest_wait_s: float = 5.0
    last_s: float = 2.0
    """How long what waits is still sent at the end."""


@dataclass
class PublishCounters:
    """All of one publisher's life. ``dropped`` had no more room while the server was away."""

    offered: int = 0
    published: int = 0
    dropped: int = 0
    failures: int = 0


class Publisher:
    """One publisher of one source's events; :meth:`offer` takes them, :meth:`run` sends them.

    ``tell`` hears when the server is lost and found again.
    """

    def __init__(
        self,
        server: RedisServer,
        source: str,
        timeframe: str,
        *,
        rooms: Mapping[Kind, Room] = ROOMS,
        settings: PublishSettings | None = None,
        tell: Callable[[FeedStatus], None] = lambda status: None,
        clock: Clock | None = None,
    ) -> None:
        require_library()
        self.server, self.rooms, self.settings = server, rooms, settings or PublishSettings()
        self.clock = clock or WallClock()
        self.counters = PublishCounters()
        self.run_id = uuid4().hex[:12]
        self._keys = {kind: stream_key(server.namespace, source, timeframe, kind) for kind in Kind}
        self._numbers = dict.fromkeys(Kind, 0)
        self._waiting: dict[Kind, deque[tuple[int, bytes]]] = {
            kind: deque(maxlen=rooms[kind].waiting) for kind in Kind
        }
        self._arrived = asyncio.Event()
        self._source_up = False
        self._tell, self._lost = tell, False
        self._next_beat_s = 0.0

    def offer(self, event: Event) -> None:
        """Take an event to be sent; one of a kind that the bus does not carry is left."""
        kind = kind_of(event)
        if kind is None:
            return
        if isinstance(event, FeedStatus):
            self._source_up = self._source_up if event.status == "gap" else event.status == "connected"
        elif not isinstance(event, Beat):
            self._source_up = True
        self.counters.offered += 1
        self._numbers[kind] += 1
        number = self._numbers[kind]
        entry = Entry(VERSION, self.run_id, number, self.clock.now_ns(), event)  # type: ignore[arg-type]
        waiting = self._waiting[kind]
        self.counters.dropped += len(waiting) == waiting.maxlen
        waiting.append((number, encode_entry(entry)))
        self._arrived.set()

    async def run(self) -> None:
        """Send until cancelled, then what still waits for a moment.

        Raises
        ------
        MissingKeyError
            The server does not take the password.
        DataError
            A key is used by something else, or the server refuses for good.
        """
        failures = 0
        try:
            while True:
                try:
                    async with connected(self.server) as client:
                        while True:
                            stop_if_cancelled()
                            await self._wait_for_something()
                            await self._send(client)
                            failures = 0
                except NetworkError as error:
                    stop_if_cancelled()
                    failures += 1
                    self.counters.failures += 1
                    self._say_lost(error.message)
                    ceiling = self.settings.first_wait_s * 2.0 ** min(failures - 1, 20)
                    await asyncio.sleep(min(ceiling, self.settings.longest_wait_s))
        except asyncio.CancelledError:
            await self._send_rest()
            raise

    async def _wait_for_something(self) -> None:
        left_s = self._next_beat_s - asyncio.get_running_loop().time()
        if not any(self._waiting.values()) and left_s > 0:
            self._arrived.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._arrived.wait()
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._next_beat_s:
            self._next_beat_s = now_s + self.settings.beat_s
            self.offer(Beat(ts_event=self.clock.now_ns(), up=self._source_up))

    async def _send(self, client: Any) -> None:
        """One batch as one transaction; what was sent no longer waits."""
        from redis.exceptions import RedisError

        batch, sent = client.pipeline(transaction=True), dict.fromkeys(Kind, 0)
        count = 0
        for kind in _ORDER:
            key, kept = self._keys[kind], self.rooms[kind].kept
            for number, body in islice(self._waiting[kind], self.settings.batch - count):
                batch.xadd(key, {FIELD: body}, maxlen=kept, approximate=True)
                sent[kind] = number
                count += 1
        try:
            await batch.execute()
        except (OSError, RedisError) as error:
            raise typed_redis_error(error, self.server) from error
        for kind, number in sent.items():
            waiting = self._waiting[kind]
            while waiting and waiting[0][0] <= number:  # the oldest may have been dropped meanwhile
                waiting.popleft()
        self.counters.published += count
        if self._lost:
            self._lost = False
            self._say("connected", f"{self.counters.dropped} events had no room meanwhile.")

    async def _send_rest(self) -> None:
        try:
            async with asyncio.timeout(self.settings.last_s), connected(self.server) as client:
                while any(self._waiting.values()):
                    await self._send(client)
        except (TimeoutError, DataError) as error:
            left = sum(map(len, self._waiting.values()))
            self._say("lost", f"{left} events were not sent at the end: {error}")

    def _say_lost(self, why: str) -> None:
        if not self._lost:
            self._lost = True
            self._say("lost", why)

    def _say(self, status: str, detail: str) -> None:
        self._tell(FeedStatus(ts_event=self.clock.now_ns(), feed="bus", status=status, detail=detail))
