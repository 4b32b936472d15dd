"""A connection to the bus: entries in their order from where the last one left off, until it breaks."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tradewind.core.clock import Clock
from tradewind.core.errors import NetworkError, StaleDataError
from tradewind.data.policy.redis_server import (
    RedisServer,
    connected,
    stop_if_cancelled,
    typed_redis_error,
)
from tradewind.data.streams.bus.entries import FIELD, Kind
from tradewind.data.streams.connection import PASSING, Connection
from tradewind.data.streams.connection_settings import ConnectionSettings
from tradewind.data.streams.frame_handler import FrameHandler

BEGINNING = "0-0"
_BATCH = 500
_BLOCK_MS = 250


class RelayConnection(Connection):
    """Reads the streams of ``keys`` by kind and leaves in ``positions`` the id of the last entry of each.

    A kind without a position begins with what comes next; one of ``from_start`` with all that is kept. The
    publisher's signs of life come round the clock, so silence is a fault at any time.
    """

    def __init__(
        self,
        handler: FrameHandler,
        settings: ConnectionSettings,
        clock: Clock,
        server: RedisServer,
        keys: Mapping[Kind, str],
        positions: dict[Kind, str],
        from_start: frozenset[Kind],
        *,
        on_up: Callable[[], None],
        on_frame: Callable[[], None],
        on_watch: Callable[[], None],
    ) -> None:
        super().__init__(
            handler, settings, clock, on_up=on_up, on_frame=on_frame, on_watch=on_watch, is_due=lambda: True
        )
        self.server, self.positions = server, positions
        self._kinds = {key.encode(): kind for kind, key in keys.items()}
        self._from_start = from_start
        self._next_watch = 0.0

    async def listen(self) -> str:
        """Handle entries until it breaks; why it did. Errors that no new connection mends are raised."""
        from redis.exceptions import RedisError

        stop_if_cancelled()
        self.up, self.handler.on_up = False, self._rise
        try:
            async with connected(self.server) as client:
                await self._find_positions(client)
                self.made += 1
                await self._follow(client)
        except PASSING as error:
            return error.message
        except (OSError, RedisError) as error:
            fault = typed_redis_error(error, self.server)
            if not isinstance(fault, NetworkError):
                raise fault from error
            return fault.message
        return "The server ended it."

    async def _find_positions(self, client: Any) -> None:
        """Where each stream is read on: a server that lost its data may have begun anew behind us."""
        for key, kind in self._kinds.items():
            newest = await client.xrevrange(key, count=1)
            end = newest[0][0].decode() if newest else BEGINNING
            known = self.positions.get(kind)
            if known is None:
                self.positions[kind] = BEGINNING if kind in self._from_start else end
            elif _order(end) < _order(known):
                self.positions[kind] = BEGINNING

    async def _follow(self, client: Any) -> None:
        loop, stale_after_s = asyncio.get_running_loop(), self.settings.stale_after_s
        self._last_frame = loop.time()
        while True:
            stop_if_cancelled()
            wanted = {key: self.positions[kind] for key, kind in self._kinds.items()}
            for key, entries in await client.xread(wanted, count=_BATCH, block=_BLOCK_MS) or ():
                self._take(self._kinds[key], entries)
                await asyncio.sleep(0)
            now_s = loop.time()
            if now_s - self._last_frame > stale_after_s:
                message = f"Nothing came for {stale_after_s:g} s."
                raise StaleDataError(message, "Is the publisher running?")
            if now_s >= self._next_watch:
                self._next_watch = now_s + stale_after_s / 4
                self._on_watch()

    def _take(self, kind: Kind, entries: list[tuple[bytes, dict[bytes, bytes] | None]]) -> None:
        handler, counters, now_ns = self.handler, self.handler.counters, self.clock.now_ns
        for entry_id, fields in entries:
            handler.on_frame((fields or {}).get(FIELD, b""), now_ns())
            self.positions[kind] = entry_id.decode()
        if counters.malformed_in_row == 0:  # nonsense is no sign of life
            self._last_frame = asyncio.get_running_loop().time()
        self._on_frame()


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)
