"""A stream made of several: all are kept warm, one serves, and another takes over before a bar is missed.

The serving source is left when it says that it is lost, when it ends, when it brings nothing while others do,
or when it is late with a bar that another one has. The next one goes on from the very next bar: it was heard
all along, so what it brought meanwhile is there. Each switch is an event of the feed, with the reason and the
scores, and so reaches a session's records.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import suppress

from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import (
    ConfigError,
    TradewindError,
)
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event, Quote, Timeframe
from tradewind.data.failover.bar_lines import BarLines
from tradewind.data.failover.fetching import fetch_hole
from tradewind.data.failover.probation import Standing
from tradewind.data.failover.sources import LEAST_AGREEMENT, FailoverSettings, Runner, Source
from tradewind.data.streams.consumer_queue import ConsumerQueue, QueueSettings
from tradewind.data.streams.faults import PASSING, typed_fault

_LOOKS = 4
"""Looks for silence in the time that it may last."""


class FailoverStream:
    """Bars, quotes and statuses of the best of several sources of the same prices.

    All sources have to bring the same instruments on the same basis: a bar on another basis than the last one
    served is refused, and its source is out.
    """

    name = "failover"

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        since: Mapping[str, int] | None = None,
        settings: FailoverSettings | None = None,
        queue: QueueSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        names = [source.name for source in sources]
        if not names or len(set(names)) < len(names):
            message = f"A row of sources needs one or more with names of their own, not {names}."
            raise ConfigError(message, "Give each source once, or a name of its own.")
        self.settings = settings or FailoverSettings()
        self.clock = clock or WallClock()
        self.runners = [Runner(source, place, self.settings) for place, source in enumerate(sources)]
        self.active: Runner | None = None
        self.switches = 0
        self._since = dict(since or {})
        self._queue_settings = queue
        self._first_s: dict[tuple[str, int], float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._fetching: set[tuple[str, str]] = set()
        self._error: TradewindError | None = None

    async def stream(self, symbols: Sequence[str], timeframe: str) -> AsyncIterator[Event]:
        """Events of the serving source until cancelled.

        Raises
        ------
        TradewindError
            Every source ended for good; the last one's word.
        """
        self._loop = asyncio.get_running_loop()
        self._timeframe, self._symbols = Timeframe(timeframe), list(symbols)
        self._lines = BarLines(self._timeframe.length_ns, self._since)
        self._out = ConsumerQueue(self._queue_settings)
        for runner in self.runners:
            self._spawn(self._run(runner))
        self._spawn(self._watch())
        try:
            async for event in self._out:
                yield event
        finally:
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)
            self._out.discard()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._out.close(typed_fault(error))

    # One source ------------------------------------------------------------------------------

    async def _run(self, runner: Runner) -> None:
        """Keep one source's stream going; what breaks it for good does not break the others."""
        while True:
            error = await self._end_of(runner)
            if error is not None and not isinstance(error, PASSING):
                runner.ended, self._error = True, typed_fault(error)
            self._fail(runner, "its stream ended" if error is None else str(error))
            if not runner.ended:
                await asyncio.sleep(self.settings.restart_s)
            elif self._error is not None and all(one.ended for one in self.runners):
                raise self._error
            else:
                return

    async def _end_of(self, runner: Runner) -> BaseException | None:
        """Read a source until its stream ends; what it ended with."""
        reading = asyncio.create_task(self._read(runner))
        try:
            await asyncio.wait([reading])
        finally:
            reading.cancel()
        return reading.exception()

    async def _read(self, runner: Runner) -> None:
        events = runner.source.stream.stream(self._symbols, self._timeframe.value)
        try:
            async for event in events:
                self._hear(runner, event)
        finally:
            if isinstance(events, AsyncGenerator):
                with suppress(TradewindError):
                    await events.aclose()

    def _hear(self, runner: Runner, event: Event) -> None:
        now_s = self._loop.time()
        if isinstance(event, FeedStatus):
            self._on_status(runner, event)
            return
        runner.up = True
        runner.health.hear(now_s)
        runner.probation.hear(now_s)
        if isinstance(event, Bar):
            self._on_bar(runner, event, now_s)
        elif runner is self.active and isinstance(event, Quote):
            self._out.offer(event)

    def _on_status(self, runner: Runner, event: FeedStatus) -> None:
        self._out.offer(event)
        if event.status == "connected":
            runner.up = True
            runner.health.hear(self._loop.time())
            self._settle()
        elif event.status in ("lost", "stale"):
            self._fail(runner, event.detail or f"it said {event.status}")

    def _on_bar(self, runner: Runner, bar: Bar, now_s: float) -> None:
        served = self._lines.served(bar.instrument_id)
        if served is not None and bar.basis is not served.basis:
            self._say("refused", f"{runner.name} has {bar.instrument_id} as {bar.basis}, not {served.basis}.")
            self._fail(runner, "its prices are on another basis")
            return
        if not self._lines.take(runner.name, bar):
            return
        first_s = self._first_s.setdefault((bar.instrument_id, bar.ts_event), now_s)
        delay_s = now_s - first_s
        runner.health.on_bar(delay_s)
        if self._judge(runner, bar) and delay_s <= runner.grace_s:
            runner.probation.prove()
        if runner is self.active:
            self._serve(bar.instrument_id)
        else:
            self._settle()
            if bar.ts_event > self._lines.last(bar.instrument_id):
                grace_s = self.active.grace_s if self.active is not None else self.settings.grace_s
                self._loop.call_later(grace_s, self._look_for, bar.instrument_id, bar.ts_event)

    def _judge(self, runner: Runner, bar: Bar) -> bool:
        """Whether a bar agrees with the one that was served for the same time, where there is one."""
        served = self._lines.served(bar.instrument_id)
        if served is None or served.ts_event != bar.ts_event or runner is self.active:
            return True
        agrees = runner.health.compare(bar.close, served.close)
        if not agrees:
            self._say(
                "disagrees",
                f"{runner.name} closes {bar.instrument_id} at {bar.close:g}, served was {served.close:g}.",
            )
            if runner.probation.standing is Standing.GOOD and runner.health.agreement < LEAST_AGREEMENT:
                self._fail(runner, "its prices are others")
        return agrees

    # Who serves ------------------------------------------------------------------------------

    def _fail(self, runner: Runner, why: str) -> None:
        runner.up = False
        runner.health.on_failure()
        runner.probation.fail(self._loop.time())
        self._lines.forget(runner.name)
        if runner is self.active:
            self._choose(why)

    def _settle(self) -> None:
        """Where nobody serves, somebody does now; where a better one proved itself, it takes over again."""
        if self.active is None:
            self._choose("")
            return
        if not self.settings.retake:
            return
        for runner in self.runners[: self.active.place]:
            if runner.can_serve() and runner.probation.standing is Standing.GOOD and self._abreast(runner):
                self._switch(runner, f"{runner.name} has proved itself again")
                return

    def _abreast(self, runner: Runner) -> bool:
        """Whether it has every instrument's last served bar, or a newer one."""
        newest = ((name, self._lines.newest(runner.name, name)) for name in self._symbols)
        return all(
            self._lines.last(name) == 0 or (bar is not None and bar.ts_event >= self._lines.last(name))
            for name, bar in newest
        )

    def _choose(self, why: str) -> None:
        now_s = self._loop.time()
        able = [runner for runner in self.runners if runner.can_serve()]
        if not able:
            if self.active is not None:
                self._say("lost", f"{self.active.name}: {why}. No other source can serve.")
            self.active = None
            return
        self._switch(min(able, key=lambda runner: runner.rank(now_s)), why)

    def _switch(self, runner: Runner, why: str) -> None:
        before, self.active = self.active, runner
        now_s = self._loop.time()
        scores = ", ".join(f"{one.name} {one.health.score(now_s):.2f}" for one in self.runners)
        came = f"{before.name} to {runner.name}: {why}" if before is not None else f"{runner.name} serves"
        self.switches += before is not None
        self._say("switched" if before is not None else "connected", f"{came} ({scores}).")
        for name in self._lines.waiting(runner.name):
            self._serve(name)

    def _serve(self, instrument_id: str) -> None:
        """Hand on what the serving source has beyond the last served bar; fetch first what lies between."""
        runner = self.active
        if runner is None or (runner.name, instrument_id) in self._fetching:
            return
        if (hole := self._lines.hole(runner.name, instrument_id)) is not None:
            self._fetching.add((runner.name, instrument_id))
            self._spawn(self._fill(runner, instrument_id, hole))
            return
        for bar in self._lines.release(runner.name, instrument_id):
            self._first_s.pop((instrument_id, bar.ts_event), None)
            self._out.offer(bar)

    async def _fill(self, runner: Runner, instrument_id: str, hole: tuple[int, int]) -> None:
        try:
            row = [runner.source, *(one.source for one in self.runners if one is not runner)]
            bars = await fetch_hole(row, instrument_id, self._timeframe.value, hole, self.clock.now_ns())
        except TradewindError as error:
            self._say("waiting", f"Bars of {instrument_id} that {runner.name} missed: {error.message}")
            await asyncio.sleep(self.settings.restart_s)
        else:
            if runner is self.active and self._lines.hole(runner.name, instrument_id) == hole:
                for bar in self._lines.release(runner.name, instrument_id, bars):
                    self._out.offer(bar)
        finally:
            self._fetching.discard((runner.name, instrument_id))
        if self.active is not None:
            self._serve(instrument_id)

    # Silence and lateness --------------------------------------------------------------------

    def _look_for(self, instrument_id: str, ts_event: int) -> None:
        """The serving source had its time to bring a bar that another one has."""
        runner = self.active
        if runner is None or self._lines.last(instrument_id) >= ts_event:
            return
        if (runner.name, instrument_id) in self._fetching:
            return
        newest = self._lines.newest(runner.name, instrument_id)
        if newest is None or newest.ts_event < ts_event:
            self._fail(runner, f"it is late with a bar of {instrument_id}")

    async def _watch(self) -> None:
        """Leave a serving source that brings nothing while another one does."""
        quiet_s = self.settings.quiet_s
        while True:
            await asyncio.sleep(quiet_s / _LOOKS)
            now_s, runner = self._loop.time(), self.active
            if runner is None or runner.health.silence_s(now_s) <= quiet_s:
                continue
            able = (one for one in self.runners if one is not runner and one.can_serve())
            others = (one for one in able if one.health.is_talkative)
            if any(one.health.silence_s(now_s) <= quiet_s / 2 for one in others):
                self._fail(runner, f"nothing came of it for {runner.health.silence_s(now_s):.1f} s")

    def _say(self, status: str, detail: str) -> None:
        self._out.offer(
            FeedStatus(ts_event=self.clock.now_ns(), feed=self.name, status=status, detail=detail)
        )
