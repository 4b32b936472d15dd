"""One connection of a stream, from its opening until it breaks."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from tradewind.core.clock import Clock
from tradewind.core.errors import NetworkError, RateLimitedError, StaleDataError
from tradewind.data.policy.addresses import is_loopback
from tradewind.data.streams.connection_settings import ConnectionSettings
from tradewind.data.streams.frame_handler import FrameHandler
from tradewind.data.streams.wire import Wire

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

PASSING = (NetworkError, RateLimitedError, StaleDataError)
"""With these a connection ends, and the next one may do."""


class Connection:
    """Made again and again for one run of a stream, one at a time.

    ``on_up`` is called when the first frame with something in it comes, before that is handed on;
    ``on_frame`` after each frame; ``on_watch`` a few times in ``stale_after_s`` while ``is_due``: the market
    is open, and silence a fault.
    """

    def __init__(
        self,
        handler: FrameHandler,
        settings: ConnectionSettings,
        clock: Clock,
        *,
        on_up: Callable[[], None],
        on_frame: Callable[[], None],
        on_watch: Callable[[], None],
        is_due: Callable[[], bool],
    ) -> None:
        self.handler, self.settings, self.clock = handler, settings, clock
        self.made = 0
        self.up = False
        """Whether the newest connection brought something."""
        self._on_up, self._on_frame, self._on_watch = on_up, on_frame, on_watch
        self._is_due = is_due
        self._last_frame = 0.0
        self._socket: ClientConnection | None = None

    async def listen(self) -> str:
        """Handle frames until it breaks; why it did. Errors that no new connection mends are raised."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        settings, wire = self.settings, self.handler.wire
        self.up, self.handler.on_up = False, self._rise
        try:
            async with connect(
                wire.address,
                open_timeout=settings.open_timeout_s,
                ping_interval=settings.ping_s,
                ping_timeout=settings.ping_s,
                close_timeout=1.0,
                compression=None,
                proxy=None if is_loopback(wire.address) else True,
                max_queue=settings.frames_ahead,
                max_size=settings.most_frame_bytes,
            ) as socket:
                self.made += 1
                await self._handle(socket, wire)
        except PASSING as error:
            return error.message
        except (OSError, TimeoutError, WebSocketException) as error:
            return f"{type(error).__name__}: {error}"
        return "The server ended it."

    async def say(self, texts: Sequence[str]) -> None:
        """Tell the vendor; where the connection is gone, nothing: the next one begins anew."""
        from websockets.exceptions import ConnectionClosed

        if self._socket is not None:
            with suppress(ConnectionClosed):
                for text in texts:
                    await self._socket.send(text)

    async def _handle(self, socket: "ClientConnection", wire: Wire) -> None:
        from websockets.exceptions import ConnectionClosed

        loop = asyncio.get_running_loop()
        self._last_frame = loop.time()
        watch = asyncio.create_task(self._watch())
        watch.add_done_callback(lambda done: None if done.cancelled() else socket.transport.abort())
        self._socket = socket
        try:
            for text in wire.opening():
                await socket.send(text)
            await self._read(socket)
        except ConnectionClosed:
            if watch.done():
                watch.result()  # it broke the connection: say why
            raise
        finally:
            self._socket = None
            watch.cancel()
            await asyncio.wait([watch])

    async def _read(self, socket: "ClientConnection") -> None:
        handler, counters, now_ns = self.handler, self.handler.counters, self.clock.now_ns
        on_frame, on_each = handler.on_frame, self._on_frame
        loop, most = asyncio.get_running_loop(), self.settings.most_malformed_in_row
        while counters.malformed_in_row <= most:
            frame = await socket.recv(decode=False)
            self._last_frame = loop.time()
            on_frame(frame, now_ns())
            while handler.answers:
                await socket.send(handler.answers.pop(0))
            on_each()
        counters.malformed_in_row = 0
        message = f"{most} frames in a row made no sense."
        raise StaleDataError(message, "The frames are kept for inspection.")

    def _rise(self) -> None:
        self.up = True
        self._on_up()

    async def _watch(self) -> None:
        """End with an error when nothing comes; the connection, which would wait for ever, is then broken."""
        stale_after_s, loop = self.settings.stale_after_s, asyncio.get_running_loop()
        while True:
            await asyncio.sleep(stale_after_s / 4)
            if not self._is_due():
                continue
            if loop.time() - self._last_frame > stale_after_s:
                message = f"Nothing came for {stale_after_s:g} s."
                raise StaleDataError(message, "The connection is made anew.")
            self._on_watch()
