"""A stream over a WebSocket: one connection at a time, mended when it breaks, so that no bar is missing or
comes twice. What is a vendor's own is its :class:`~tradewind.data.streams.wire.Wire`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import ConfigError, NetworkError, TradewindError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event, Quote, Timeframe
from tradewind.core.timestamps import NS_PER_S
from tradewind.data.policy.addresses import check_address
from tradewind.data.policy.quarantine import Quarantine
from tradewind.data.streams.bar_events import FetchBars
from tradewind.data.streams.bar_grid import BarGrid
from tradewind.data.streams.bar_sequence import BarSequence
from tradewind.data.streams.connection import Connection
from tradewind.data.streams.connection_settings import ConnectionSettings
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.streams.faults import ended_with
from tradewind.data.streams.frame_handler import FrameHandler
from tradewind.data.streams.hub import Hub
from tradewind.data.streams.mending import FetchBook, Mending
from tradewind.data.streams.order_book import OrderBook
from tradewind.data.streams.wire import Wire

LOST, CONNECTED, STALE = "lost", "connected", "stale"

MakeWire = Callable[[Sequence[str], Timeframe], Wire]
"""A wire for these instruments; ConfigError or UnknownSymbolError for what it cannot bring."""


class SocketStream:
    """What the streams of all vendors have in common; one run at a time.

    A later run follows on from the last bar of the one before.

    Parameters
    ----------
    fetch_bars
        Closed bars for a hole, such as a history's ``bars``; it runs in a thread.
    fetch_book
        A book's snapshot; for wires that do not bring it themselves.
    folder
        Where malformed frames are kept.
    since
        End of the last bar already known of each instrument: what closed after it is fetched first.
    keeps_books
        Whether the wire brings changes of books.
    queue
        Room of the consumer that :meth:`stream` serves; others have their own, by ``hub.add``.
    """

    def __init__(
        self,
        name: str,
        make_wire: MakeWire,
        fetch_bars: FetchBars,
        folder: Path,
        url: str,
        settings: ConnectionSettings,
        *,
        fetch_book: FetchBook | None = None,
        keeps_books: bool = False,
        since: Mapping[str, int] | None = None,
        queue: QueueSettings | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self.name, self.url, self.connection_settings = name, self._checked_url(url), settings
        self.clock = clock or WallClock()
        self.hub = Hub()
        self.books: dict[str, OrderBook] = {}
        self.handler: FrameHandler | None = None
        """What reads the frames, with its counters; None before the first run."""
        self._make_wire, self._keeps_books = make_wire, keeps_books
        self._fetch_bars, self._fetch_book = fetch_bars, fetch_book
        self._since = dict(since or {})
        self._queue = queue
        self._random = random or Random()
        self._quarantine = Quarantine(folder, f"{name}-stream", self.clock)
        self._sequence: BarSequence | None = None
        self._grid: BarGrid | None = None
        self._connection: Connection | None = None
        self._quiet: set[str] = set()
        self._busy = False

    @property
    def connections(self) -> int:
        """How many were made in this run."""
        return self._connection.made if self._connection is not None else 0

    async def stream(self, instrument_ids: Sequence[str], timeframe: str) -> AsyncIterator[Event]:
        """Bars as they close, quotes, and the feed's own status, until cancelled.

        Raises
        ------
        NetworkError
            No connection could be had in ``settings.attempts`` tries in a row.
        DataError
            The vendor refuses for good.
        """
        queue = self.hub.add((Bar, Quote, FeedStatus), self._queue)
        running = asyncio.create_task(self.run(instrument_ids, timeframe))
        running.add_done_callback(lambda done: queue.close(ended_with(done)))
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
        instrument_ids, frame = list(instrument_ids), Timeframe(timeframe)
        handler = self.handler = self._make_handler(instrument_ids, frame)
        mending = Mending(
            self.name,
            frame.value,
            handler,
            self.connection_settings,
            self.clock,
            self._fetch_bars,
            self._fetch_book,
            self._say_to_vendor,
        )
        self._connection = self._make_connection(handler, mending, instrument_ids)
        self._busy = True
        try:
            await self._keep(self._connection, mending)
        finally:
            self._busy = False
            await mending.stop()

    async def _keep(self, connection: Connection, mending: Mending) -> None:
        failures = 0
        while True:
            reason = await connection.listen()
            connection.handler.on_disconnect()
            mending.check()
            if connection.up:
                failures = 0
            if failures == 0:
                self._say(LOST, reason)
            failures += 1
            if failures >= self.connection_settings.attempts:
                message = f"{self.name}'s stream could not be reached in {failures} tries: {reason}"
                raise NetworkError(message, "Check the connection; another feed may serve meanwhile.")
            await asyncio.sleep(self._wait_s(failures))

    def _make_handler(self, instrument_ids: Sequence[str], frame: Timeframe) -> FrameHandler:
        wire = self._make_wire(instrument_ids, frame)
        if self._grid is None or self._sequence is None or self._grid.frame is not frame:
            self._grid = BarGrid(wire.traits.calendar, frame)
            self._sequence = BarSequence(frame.length_ns, self._since, self._grid.next_end)
        if self._keeps_books:
            self.books = {instrument_id: OrderBook() for instrument_id in instrument_ids}
        handler = FrameHandler(wire, self.hub, self._sequence, self.books, self._quarantine)
        handler.last_seen.update(dict.fromkeys(instrument_ids, self.clock.now_ns()))
        return handler

    def _make_connection(
        self, handler: FrameHandler, mending: Mending, instrument_ids: Sequence[str]
    ) -> Connection:
        def on_up() -> None:
            self._say_connected()
            mending.catch_up(instrument_ids)

        def on_frame() -> None:
            if handler.wants_bars or handler.wants_book:
                mending.begin()

        return Connection(
            handler,
            self.connection_settings,
            self.clock,
            on_up=on_up,
            on_frame=on_frame,
            on_watch=lambda: self._note_quiet(handler),
            is_due=self._is_due,
        )

    def _checked_url(self, url: str) -> str:
        return check_address(url)

    def _say_connected(self) -> None:
        self._say(CONNECTED, "")

    async def _say_to_vendor(self, texts: Sequence[str]) -> None:
        if self._connection is not None:
            await self._connection.say(texts)

    def _is_due(self) -> bool:
        """Whether silence is a fault now: the market has been open for a while."""
        for_ns = int(self.connection_settings.stale_after_s * NS_PER_S)
        return self._grid is not None and self._grid.is_trading(self.clock.now_ns(), for_ns)

    def _note_quiet(self, handler: FrameHandler) -> None:
        """Say of single instruments that nothing comes: not for two bars, though others are alive."""
        now, bars = self.clock.now_ns(), handler.bars
        longest = 2 * bars.length_ns + int(self.connection_settings.stale_after_s * NS_PER_S)
        if self._grid is None or not self._grid.is_trading(now, longest):
            return
        for instrument_id, seen in handler.last_seen.items():
            if now - seen > longest and instrument_id not in self._quiet:
                self._quiet.add(instrument_id)
                self._say(
                    STALE, f"Nothing of {instrument_id} came for {(now - seen) // NS_PER_S} s.", instrument_id
                )
            elif now - seen <= longest and instrument_id in self._quiet:
                self._quiet.remove(instrument_id)
                self._say(CONNECTED, "", instrument_id)

    def _wait_s(self, failures: int) -> float:
        settings = self.connection_settings
        ceiling = min(settings.longest_wait_s, settings.first_wait_s * 2.0 ** (failures - 1))
        return self._random.uniform(ceiling / 2, ceiling)

    def _say(self, status: str, detail: str, instrument_id: str = "") -> None:
        feed = f"{self.name}:{instrument_id}" if instrument_id else self.name
        self.hub.publish(FeedStatus(ts_event=self.clock.now_ns(), feed=feed, status=status, detail=detail))
