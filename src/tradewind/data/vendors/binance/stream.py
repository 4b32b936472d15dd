"""The stream: one connection at a time, mended when it breaks, so that no bar is missing or comes twice."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import ConfigError, NetworkError, StaleDataError, TradewindError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event, Quote, Timeframe
from tradewind.core.timestamps import NS_PER_S
from tradewind.data.policy.addresses import check_address, is_loopback
from tradewind.data.policy.quarantine import Quarantine
from tradewind.data.registry import STREAMS
from tradewind.data.streams.bar_events import FetchBars
from tradewind.data.streams.bar_sequence import BarSequence
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.streams.hub import Hub
from tradewind.data.streams.order_book import OrderBook
from tradewind.data.vendors.binance.exchange_info import VENUE
from tradewind.data.vendors.binance.frame_handler import FrameHandler
from tradewind.data.vendors.binance.frames import KLINE, TICKER, stream_names
from tradewind.data.vendors.binance.mending import FetchBook, Mending
from tradewind.data.vendors.binance.stream_settings import MOST_STREAMS, WEBSOCKET, StreamSettings

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

LOST, CONNECTED, STALE = "lost", "connected", "stale"


@STREAMS.register("binance")
class BinanceStream:
    """Live bars and quotes of Binance's spot market; trades and books where the settings ask for them.

    One run at a time; a later run follows on from the last bar of the one before.

    Parameters
    ----------
    fetch_bars
        Closed bars over REST for a hole, such as ``BinanceProvider.bars``; it runs in a thread.
    fetch_book
        A book's snapshot, such as ``BinanceProvider.depth``; needed for the ``depth`` channel alone.
    folder
        Where malformed frames are kept.
    since
        End of the last bar already known of each instrument: what closed after it is fetched first.
    quotes
        Whether best bids and asks are asked for, where no ``settings`` name the channels.
    queue
        Room of the consumer that :meth:`stream` serves; others have their own, by ``hub.add``.
    """

    name = "binance"
    venue = VENUE

    def __init__(
        self,
        fetch_bars: FetchBars,
        folder: Path,
        *,
        fetch_book: FetchBook | None = None,
        since: Mapping[str, int] | None = None,
        quotes: bool = True,
        url: str = WEBSOCKET,
        settings: StreamSettings | None = None,
        queue: QueueSettings | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self.url = check_address(url)
        self.settings = settings or StreamSettings(channels=(KLINE, TICKER) if quotes else (KLINE,))
        if self.settings.wants_books and fetch_book is None:
            message = "The depth channel needs snapshots of the books, and nothing fetches them."
            raise ConfigError(message, "Give fetch_book, or leave the depth channel out.")
        self.clock = clock or WallClock()
        self.hub = Hub()
        self.books: dict[str, OrderBook] = {}
        self.handler: FrameHandler | None = None
        """What decodes the frames, with its counters; None before the first connection."""
        self.connections = 0
        self._fetch_bars, self._fetch_book = fetch_bars, fetch_book
        self._since = dict(since or {})
        self._queue = queue
        self._random = random or Random()
        self._quarantine = Quarantine(folder, "binance-stream", self.clock)
        self._sequence: BarSequence | None = None
        self._last_frame = 0.0
        self._quiet: set[str] = set()
        self._busy = False

    async def stream(self, instrument_ids: Sequence[str], timeframe: str) -> AsyncIterator[Event]:
        """Bars as they close, quotes, and the feed's own status, until cancelled.

        Raises
        ------
        NetworkError
            No connection could be had in ``settings.attempts`` tries in a row.
        """
        queue = self.hub.add((Bar, Quote, FeedStatus), self._queue)
        running = asyncio.create_task(self.run(instrument_ids, timeframe))
        running.add_done_callback(lambda done: queue.close(_typed_error(done)))
        try:
            async for event in queue:
                yield event
            await running  # it ended without a typed error: say what it died of
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError, TradewindError):
                await running
            self.hub.remove(queue)

    async def run(self, instrument_ids: Sequence[str], timeframe: str) -> None:
        """Keep a connection and publish to the hub until cancelled; NetworkError when it cannot be had."""
        if self._busy:
            raise ConfigError("This stream is running already.", "Make another one, or add to its hub.")
        instrument_ids = list(instrument_ids)
        handler = self._make_handler(instrument_ids, timeframe)
        mending = Mending(
            self.name, timeframe, handler, self.settings, self.clock, self._fetch_bars, self._fetch_book
        )
        failures = 0
        self._busy = True
        try:
            while True:
                before = handler.counters.frames
                reason = await self._listen(handler, mending, instrument_ids)
                handler.on_disconnect()
                mending.check()
                if handler.counters.frames > before:
                    failures = 0
                if failures == 0:
                    self._say(LOST, reason)
                failures += 1
                if failures >= self.settings.attempts:
                    message = f"{self.name}'s stream could not be reached in {failures} tries: {reason}"
                    raise NetworkError(message, "Check the connection; another feed may serve meanwhile.")
                await asyncio.sleep(self._wait_s(failures))
        finally:
            self._busy = False
            await mending.stop()

    async def _listen(self, handler: FrameHandler, mending: Mending, instrument_ids: Sequence[str]) -> str:
        """Handle one connection's frames until it breaks; why it did."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        settings = self.settings
        names = "/".join(handler.names)
        try:
            async with connect(
                f"{self.url}/stream?streams={names}",
                open_timeout=settings.open_timeout_s,
                ping_interval=settings.ping_s,
                ping_timeout=settings.ping_s,
                close_timeout=1.0,
                compression=None,
                proxy=None if is_loopback(self.url) else True,
                max_queue=settings.frames_ahead,
            ) as socket:
                self.connections += 1
                await self._handle(socket, handler, mending, instrument_ids)
        except StaleDataError as error:
            return error.message
        except (OSError, TimeoutError, WebSocketException) as error:
            return f"{type(error).__name__}: {error}"
        return "The server ended it."

    async def _handle(
        self,
        socket: "ClientConnection",
        handler: FrameHandler,
        mending: Mending,
        instrument_ids: Sequence[str],
    ) -> None:
        from websockets.exceptions import ConnectionClosed

        now_ns, on_frame, counters = self.clock.now_ns, handler.on_frame, handler.counters
        loop = asyncio.get_running_loop()
        self._last_frame = loop.time()
        watch = asyncio.create_task(self._watch(handler))
        watch.add_done_callback(lambda done: None if done.cancelled() else socket.transport.abort())
        try:
            frame = await socket.recv(decode=False)
            ts_recv = now_ns()
            self._say(CONNECTED, "")
            on_frame(frame, ts_recv)
            mending.catch_up(instrument_ids)
            while counters.malformed_in_row <= self.settings.most_malformed_in_row:
                frame = await socket.recv(decode=False)
                self._last_frame = loop.time()
                on_frame(frame, now_ns())
                if handler.wants_bars or handler.wants_book:
                    mending.begin()
            counters.malformed_in_row = 0
            message = f"{self.settings.most_malformed_in_row} frames in a row made no sense."
            raise StaleDataError(message, "The frames are kept for inspection.")
        except ConnectionClosed:
            if watch.done():
                watch.result()  # it broke the connection: say why
            raise
        finally:
            watch.cancel()
            await asyncio.wait([watch])

    async def _watch(self, handler: FrameHandler) -> None:
        """End with an error when nothing comes; the connection, which would wait for ever, is then broken."""
        settings, loop = self.settings, asyncio.get_running_loop()
        while True:
            await asyncio.sleep(settings.stale_after_s / 4)
            if loop.time() - self._last_frame > settings.stale_after_s:
                message = f"Nothing came for {settings.stale_after_s:g} s."
                raise StaleDataError(message, "The connection is made anew.")
            self._note_quiet(handler)

    def _note_quiet(self, handler: FrameHandler) -> None:
        """Say of single instruments that nothing comes: not for two bars, though others are alive."""
        now, bars = self.clock.now_ns(), handler.bars
        longest = 2 * bars.length_ns + int(self.settings.stale_after_s * NS_PER_S)
        for instrument_id, seen in handler.last_seen.items():
            if now - seen > longest and instrument_id not in self._quiet:
                self._quiet.add(instrument_id)
                self._say(
                    STALE, f"Nothing of {instrument_id} came for {(now - seen) // NS_PER_S} s.", instrument_id
                )
            elif now - seen <= longest and instrument_id in self._quiet:
                self._quiet.remove(instrument_id)
                self._say(CONNECTED, "", instrument_id)

    def _make_handler(self, instrument_ids: Sequence[str], timeframe: str) -> FrameHandler:
        settings, frame = self.settings, Timeframe(timeframe)
        routes = {
            name: (channel, instrument_id)
            for instrument_id in instrument_ids
            for name, channel in stream_names(instrument_id, timeframe, settings.channels).items()
        }
        if not routes or len(routes) > MOST_STREAMS:
            message = f"{len(instrument_ids)} instruments make {len(routes)} streams."
            raise ConfigError(message, f"Ask for 1 to {MOST_STREAMS} streams a connection.")
        if self._sequence is None or self._sequence.length_ns != frame.length_ns:
            self._sequence = BarSequence(frame.length_ns, self._since)
        if settings.wants_books:
            self.books = {instrument_id: OrderBook() for instrument_id in instrument_ids}
        now = self.clock.now_ns()
        self.handler = FrameHandler(
            routes, frame.value, self.hub, self._sequence, self.books, self._quarantine
        )
        self.handler.last_seen.update(dict.fromkeys(instrument_ids, now))
        return self.handler

    def _wait_s(self, failures: int) -> float:
        ceiling = min(self.settings.longest_wait_s, self.settings.first_wait_s * 2.0 ** (failures - 1))
        return self._random.uniform(ceiling / 2, ceiling)

    def _say(self, status: str, detail: str, instrument_id: str = "") -> None:
        feed = f"{self.name}:{instrument_id}" if instrument_id else self.name
        self.hub.publish(FeedStatus(ts_event=self.clock.now_ns(), feed=feed, status=status, detail=detail))


def _typed_error(done: "asyncio.Task[None]") -> TradewindError | None:
    error = None if done.cancelled() else done.exception()
    return error if isinstance(error, TradewindError) else None
