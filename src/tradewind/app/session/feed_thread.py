"""A live feed in a thread of its own: what comes goes into the driver's mailbox, and so does its end."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress

from tradewind.app.session.gauges import CoinVolatility
from tradewind.core.market import Bar, Event
from tradewind.data.streams.faults import typed_fault
from tradewind.engine.driver.mailbox import Came, Closed, Item, Mailbox

AT_ITS_END = "the live feed is at its end"
_ROOM_S = 0.005
"""Between two looks for room in a full mailbox; the feed conflates quotes and keeps bars meanwhile."""
_END_S = 10.0


class FeedThread:
    """Reads ``events()`` on an event loop of its own until they end or :meth:`stop` is called.

    ``gauge`` reads the bars too; what it says of one goes in before it.
    """

    def __init__(
        self,
        events: Callable[[], AsyncGenerator[Event, None]],
        mailbox: Mailbox,
        gauge: CoinVolatility | None = None,
    ) -> None:
        self._events, self._mailbox, self._gauge = events, mailbox, gauge
        self._loop = asyncio.new_event_loop()
        self._reading: asyncio.Task[None] | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="live-feed", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End reading; what is in the mailbox stays there. A thread that hangs is left to itself."""
        self._stopping = True
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join(timeout=_END_S)

    def _cancel(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._read_all())

    async def _read_all(self) -> None:
        self._reading = asyncio.create_task(self._read())
        if self._stopping:
            self._cancel()
        await asyncio.wait([self._reading])
        if self._reading.cancelled():
            return
        error = self._reading.exception()
        await self._leave(Closed(AT_ITS_END, typed_fault(error) if error is not None else None))

    async def _read(self) -> None:
        async with aclosing(self._events()) as events:
            async for event in events:
                read = self._gauge.on_bar(event) if self._gauge and isinstance(event, Bar) else None
                if read is not None:
                    await self._leave(Came(read))
                await self._leave(Came(event))  # type: ignore[arg-type]

    async def _leave(self, item: Item) -> None:
        while not self._mailbox.offer(item):
            await asyncio.sleep(_ROOM_S)
