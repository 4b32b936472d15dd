"""What a stream lost is fetched over REST: missing bars, and snapshots of order books.

REST calls block, so they run in threads; each instrument has at most one of a kind under way, and frames go
on being handled meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from tradewind.core.clock import Clock
from tradewind.core.errors import DataError, NoDataError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import iso
from tradewind.data.streams.bar_events import FetchBars, bars_as_events
from tradewind.data.streams.connection_settings import ConnectionSettings
from tradewind.data.streams.depth import DepthSnapshot
from tradewind.data.streams.frame_handler import FrameHandler

FetchBook = Callable[[str], DepthSnapshot]
"""A book's snapshot over REST; called in a thread."""

_SLICE = 100
_LOOK_S = 0.02


class Mending:
    """Repairs of one handler; :meth:`begin` starts what is wanted, :meth:`stop` ends all."""

    def __init__(
        self,
        name: str,
        timeframe: str,
        handler: FrameHandler,
        settings: ConnectionSettings,
        clock: Clock,
        fetch_bars: FetchBars,
        fetch_book: FetchBook | None,
        say_to_vendor: Callable[[Sequence[str]], Awaitable[None]],
    ) -> None:
        self.name, self.timeframe, self.handler = name, timeframe, handler
        self.settings, self.clock = settings, clock
        self._fetch_bars, self._fetch_book = fetch_bars, fetch_book
        self._say_to_vendor = say_to_vendor
        self._empty_bars = handler.wire.traits.empty_bars
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}

    def begin(self) -> None:
        """Start what the handler wants and is not under way yet."""
        handler = self.handler
        while handler.wants_bars:
            self._start("bars", handler.wants_bars.pop(), self._mend_bars)
        while handler.wants_book:
            self._start("book", handler.wants_book.pop(), self._mend_book)

    def catch_up(self, instrument_ids: Sequence[str]) -> None:
        """After a reconnection: fetch what closed while nobody was listening."""
        self.handler.wants_bars.update(instrument_ids)
        self.begin()

    async def stop(self) -> None:
        """End all that is under way."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def check(self) -> None:
        """Raise what a repair died of, other than the errors that it expects."""
        for key, task in list(self._running.items()):
            if task.done():
                del self._running[key]
                task.result()

    def _start(self, kind: str, instrument_id: str, work: Callable[[str], Awaitable[None]]) -> None:
        known = self._running.get((kind, instrument_id))
        if known is None or known.done():
            self.check()
            self._running[kind, instrument_id] = asyncio.create_task(_run(work, instrument_id))

    async def _mend_bars(self, instrument_id: str) -> None:
        bars = self.handler.bars
        reason = "the exchange has none"
        for attempt in range(self.settings.backfill_attempts):
            hole = bars.hole(instrument_id, self.clock.now_ns())
            if hole is None:
                return
            if attempt:
                await asyncio.sleep(self.settings.backfill_wait_s)
            # With the bar that is held, a source that leaves out quiet times shows that it is up to date.
            beyond = 0 if self._empty_bars or not bars.held(instrument_id) else 1
            try:
                found = await self._in_thread(
                    self._fetch_bars, BarRequest(instrument_id, self.timeframe, hole[0], hole[1] + beyond)
                )
            except NoDataError:
                continue
            except (DataError, TimeoutError) as error:
                reason = str(error) or "it took too long"
                continue
            events = bars_as_events(found, self.clock.now_ns())
            await self._fill(instrument_id, events)
            left = bars.hole(instrument_id)
            if beyond and events and events[-1].ts_event == hole[1] and left and left[1] == hole[1]:
                for bar in bars.pass_over(instrument_id):
                    self.handler.hub.publish(bar)
        if bars.held(instrument_id):
            self._give_up(instrument_id, reason)

    async def _fill(self, instrument_id: str, found: list[Bar]) -> None:
        """A few at a time, so that consumers keep up with a long hole; live bars are held meanwhile."""
        for first in range(0, len(found), _SLICE):
            for bar in self.handler.bars.fill(instrument_id, found[first : first + _SLICE]):
                self.handler.hub.publish(bar)
            await asyncio.sleep(0)

    def _give_up(self, instrument_id: str, reason: str) -> None:
        hole = self.handler.bars.hole(instrument_id)
        if hole is not None:
            detail = (
                f"Bars of {instrument_id} from {iso(hole[0])} to before {iso(hole[1])} are missing: {reason}"
            )
            self._say("gap", detail)
        for bar in self.handler.bars.give_up(instrument_id):
            self.handler.hub.publish(bar)
        if self.handler.bars.held(instrument_id):  # there is another hole behind
            self.handler.wants_bars.add(instrument_id)

    async def _mend_book(self, instrument_id: str) -> None:
        for attempt in range(self.settings.backfill_attempts):
            if attempt:
                await asyncio.sleep(self.settings.backfill_wait_s)
            if await self._start_book(instrument_id):
                return
        self._say("gap", f"The order book of {instrument_id} could not be brought into step.")

    async def _start_book(self, instrument_id: str) -> bool:
        book = self.handler.books[instrument_id]
        if asked := self.handler.wire.ask_book(instrument_id):
            await self._say_to_vendor(asked)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.settings.backfill_timeout_s):
                    while not book.in_step:
                        await asyncio.sleep(_LOOK_S)
            return book.in_step
        if self._fetch_book is None:
            return True
        try:
            return book.start(await self._in_thread(self._fetch_book, instrument_id))
        except (DataError, TimeoutError):
            return False

    async def _in_thread(self, function: Callable[[Any], Any], argument: object) -> Any:
        async with asyncio.timeout(self.settings.backfill_timeout_s):
            return await asyncio.to_thread(function, argument)

    def _say(self, status: str, detail: str) -> None:
        now = self.clock.now_ns()
        self.handler.hub.publish(FeedStatus(ts_event=now, feed=self.name, status=status, detail=detail))


async def _run(work: Callable[[str], Awaitable[None]], instrument_id: str) -> None:
    await work(instrument_id)
