"""A live session's feed: core events in order, with bounded memory, from any stream.

What comes out is fit for the journal: bars of the session's instruments, strictly rising in time for each;
quotes, of each instrument the newest when the reader is slow; and the feed's own losses and returns.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import DataError, TradewindError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.ports import Instruments, StreamProvider
from tradewind.core.timestamps import iso
from tradewind.data.streams.consumer_queue import ConsumerQueue, QueueSettings
from tradewind.data.streams.faults import PASSING, ended_with


@dataclass(frozen=True)
class RestartSettings:
    """A stream that ended with a passing error is started again ``most`` times in a row, ``wait_s`` apart."""

    most: int = 3
    wait_s: float = 5.0


async def live_events(
    stream: StreamProvider,
    instruments: Instruments,
    timeframe: str = "1m",
    *,
    since: Mapping[str, int] | None = None,
    queue: QueueSettings | None = None,
    restart: RestartSettings | None = None,
    clock: Clock | None = None,
) -> AsyncGenerator[Event, None]:
    """Bars, quotes and feed statuses of ``instruments`` until cancelled or closed.

    ``since`` is the end of the last bar that the session has of each instrument: only newer ones come.

    The stream is read by a task of its own, so that a slow reader holds nothing up: quotes are conflated,
    bars and statuses kept (see :class:`~tradewind.data.streams.consumer_queue.ConsumerQueue`).

    Raises
    ------
    DataError
        The stream ended for good, after everything that came before; a status ``lost`` precedes it.
    """
    waiting = ConsumerQueue(queue)
    reader = _Reader(
        stream, instruments, timeframe, restart or RestartSettings(), clock or WallClock(), waiting, since
    )
    running = asyncio.create_task(reader.run())
    running.add_done_callback(lambda done: waiting.close(ended_with(done)))
    try:
        async for event in waiting:
            yield event
        await running
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError, TradewindError):
            await running
        waiting.discard()


class _Reader:
    """Moves a stream's events into the queue and holds them to what the session may rely on."""

    def __init__(
        self,
        stream: StreamProvider,
        instruments: Instruments,
        timeframe: str,
        restart: RestartSettings,
        clock: Clock,
        waiting: ConsumerQueue,
        since: Mapping[str, int] | None,
    ) -> None:
        self._stream, self._instruments, self._timeframe = stream, instruments, timeframe
        self._restart, self._clock, self._waiting = restart, clock, waiting
        self._last_bar: dict[str, int] = dict(since or {})
        self._refused: set[str] = set()
        self._lost = False
        self._came = False

    async def run(self) -> None:
        failures = 0
        while True:
            self._came = False
            try:
                await self._read()
            except DataError as error:
                self._lost = True
                self._say("lost", error.message)
                failures = 1 if self._came else failures + 1
                if failures > self._restart.most or not isinstance(error, PASSING):
                    raise
            else:
                return
            await asyncio.sleep(self._restart.wait_s)

    async def _read(self) -> None:
        events = self._stream.stream(list(self._instruments), self._timeframe)
        try:
            async for event in events:
                self._came = True
                if self._lost and not isinstance(event, FeedStatus):
                    self._say("connected", "")
                    self._lost = False
                self._take(event)
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    def _take(self, event: Event) -> None:
        if isinstance(event, FeedStatus):
            self._lost = False
            self._waiting.offer(event)
        elif isinstance(event, Bar | Quote):
            if event.instrument_id not in self._instruments:
                self._refuse(event.instrument_id, f"{event.instrument_id} is not of this session.")
            elif isinstance(event, Quote):
                self._waiting.offer(event)
            elif event.ts_event <= self._last_bar.get(event.instrument_id, 0):
                self._refuse(
                    event.instrument_id, f"A bar of {event.instrument_id} at {iso(event.ts_event)} came late."
                )
            else:
                self._last_bar[event.instrument_id] = event.ts_event
                self._waiting.offer(event)

    def _refuse(self, instrument_id: str, why: str) -> None:
        if instrument_id not in self._refused:  # said once an instrument; a stream that does it does it often
            self._refused.add(instrument_id)
            self._say("refused", why)

    def _say(self, status: str, detail: str) -> None:
        now = self._clock.now_ns()
        self._waiting.offer(FeedStatus(ts_event=now, feed=self._stream.name, status=status, detail=detail))
