"""A stream out of any source of history: it is asked for the next bar as soon as that should be there."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import (
    ConfigError,
    NoDataError,
)
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event, Timeframe
from tradewind.core.panel import Ints
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S
from tradewind.data.calendars import expected_closes
from tradewind.data.policy.call_budget import CallLimit
from tradewind.data.streams.bar_events import FetchBars, bars_as_events
from tradewind.data.streams.faults import PASSING

_NAP_S = 0.25
_LONGEST_CLOSED_NS = 15 * NS_PER_DAY
_AT_ONCE = 4


@dataclass(frozen=True)
class PollSettings:
    """When a bar is asked for: ``delay_s`` after its close, then every ``again_s``, ``asks`` times in all.

    A bar that still is not there comes with the next one. After a failure the waits double up to
    ``longest_wait_s``.
    """

    delay_s: float = 0.2
    again_s: float = 1.0
    asks: int = 3
    longest_wait_s: float = 30.0


USUAL = PollSettings()


def poll_shortfall(
    limits: Sequence[CallLimit], instruments: int, timeframe: str, settings: PollSettings = USUAL
) -> str:
    """Why a source cannot keep up with the bars of so many instruments, in words; empty where it can.

    Counted are all asks that a bar may take, one call each, in a market that never closes.
    """
    length_s = Timeframe(timeframe).length_ns / NS_PER_S
    for limit in limits:
        bars = max(limit.per_s / length_s, 1.0)
        wanted = instruments * settings.asks * bars
        if wanted > limit.calls:
            return (
                f"it allows {limit.calls} calls in {limit.per_s:g} s, and {instruments} instruments of "
                f"{timeframe} bars can take {wanted:.0f}"
            )
    return ""


class PolledStream:
    """Bars of a source of history as they close; no quotes.

    Parameters
    ----------
    fetch_bars
        Asked in a thread for what closed after the last bar. It must not answer from a cache.
    calendars
        The trading calendar of each instrument that may be asked for: by it bars are due.
    since
        End of the last bar already known of each instrument; otherwise it begins with the next to close.
    """

    def __init__(
        self,
        name: str,
        fetch_bars: FetchBars,
        calendars: Mapping[str, str],
        *,
        since: Mapping[str, int] | None = None,
        settings: PollSettings = USUAL,
        clock: Clock | None = None,
    ) -> None:
        self.name, self.settings = name, settings
        self.clock = clock or WallClock()
        self._fetch_bars, self._calendars = fetch_bars, calendars
        self._last: dict[str, int] = dict(since or {})
        self._failing: set[str] = set()
        self._status = ""

    async def stream(self, instrument_ids: Sequence[str], timeframe: str) -> AsyncGenerator[Event, None]:
        """Bars as they are found and the source's own status, until cancelled.

        Raises
        ------
        DataError
            An error that no waiting mends, such as an unknown symbol or a missing key.
        """
        unknown = [name for name in instrument_ids if name not in self._calendars]
        if unknown:
            message = f"{self.name} has no calendar of {', '.join(unknown)}."
            raise ConfigError(message, "Give each instrument's trading calendar.")
        came: asyncio.Queue[Event] = asyncio.Queue()
        room = asyncio.Semaphore(_AT_ONCE)
        frame = Timeframe(timeframe)
        self._failing, self._status = set(), ""
        asking = [asyncio.create_task(self._follow(name, frame, came, room)) for name in instrument_ids]
        taking = asyncio.create_task(came.get())
        try:
            while True:
                done, _ = await asyncio.wait((taking, *asking), return_when=asyncio.FIRST_COMPLETED)
                if taking in done:
                    yield taking.result()
                    taking = asyncio.create_task(came.get())
                    continue
                for task in done:
                    task.result()  # following never ends but with an error
        finally:
            for task in (taking, *asking):
                task.cancel()
            await asyncio.gather(taking, *asking, return_exceptions=True)

    async def _follow(
        self, instrument_id: str, frame: Timeframe, came: asyncio.Queue[Event], room: asyncio.Semaphore
    ) -> None:
        """Ask for one instrument's bars as they close, beginning with those that closed meanwhile."""
        calendar = self._calendars[instrument_id]
        now_ns = self.clock.now_ns()
        self._last.setdefault(instrument_id, int(newest_closes(calendar, frame, now_ns)[-1]))
        due_ns, asked, failures = now_ns, 0, 0
        while True:
            await self._sleep_until(due_ns)
            try:
                async with room:
                    found = await self._ask(instrument_id, frame)
            except PASSING as error:
                self._failing.add(instrument_id)
                self._say(came, "lost", error.message)
                failures += 1
                due_ns = self.clock.now_ns() + self._wait_ns(failures)
                continue
            self._failing.discard(instrument_id)
            if not self._failing:
                self._say(came, "connected", "")
            for bar in found:
                came.put_nowait(bar)
            failures, asked = 0, asked + 1
            due_ns = self.clock.now_ns() + int(self.settings.again_s * NS_PER_S)
            if found or asked >= self.settings.asks:
                after_ns = self._last[instrument_id] if found else self.clock.now_ns()
                due_ns = next_close(calendar, frame, after_ns) + int(self.settings.delay_s * NS_PER_S)
                asked = 0

    async def _ask(self, instrument_id: str, frame: Timeframe) -> list[Bar]:
        last_ns, now_ns = self._last[instrument_id], self.clock.now_ns()
        try:
            found = await asyncio.to_thread(
                self._fetch_bars, BarRequest(instrument_id, frame.value, last_ns + 1, now_ns + 1)
            )
        except NoDataError:
            return []
        bars = [bar for bar in bars_as_events(found, now_ns) if last_ns < bar.ts_event <= now_ns]
        if bars:
            self._last[instrument_id] = bars[-1].ts_event
        return bars

    async def _sleep_until(self, due_ns: int) -> None:
        """In short naps, for clocks that are set or run faster."""
        while (left_ns := due_ns - self.clock.now_ns()) > 0:
            await asyncio.sleep(min(left_ns / NS_PER_S, _NAP_S))

    def _wait_ns(self, failures: int) -> int:
        wait_s = min(self.settings.again_s * 2.0 ** (failures - 1), self.settings.longest_wait_s)
        return int(wait_s * NS_PER_S)

    def _say(self, came: asyncio.Queue[Event], status: str, detail: str) -> None:
        """A change of status; the source has one, however many instruments it is asked for."""
        if status != self._status:
            now_ns = self.clock.now_ns()
            came.put_nowait(FeedStatus(ts_event=now_ns, feed=self.name, status=status, detail=detail))
        self._status = status


def newest_closes(calendar: str, frame: Timeframe, now_ns: int) -> Ints:
    """Ends of the bars that closed in the last 15 days, oldest first; that long ago where none did."""
    begin_ns = now_ns - _LONGEST_CLOSED_NS
    closes = expected_closes(calendar, frame.value, begin_ns, now_ns + 1)
    return closes if len(closes) else np.array([begin_ns], np.int64)


def next_close(calendar: str, frame: Timeframe, after_ns: int) -> int:
    """The end of the first bar that closes after a time."""
    reach_ns = frame.length_ns + NS_PER_DAY
    while True:
        closes = expected_closes(calendar, frame.value, after_ns + 1, after_ns + reach_ns)
        if len(closes):
            return int(closes[0])
        if reach_ns > _LONGEST_CLOSED_NS + frame.length_ns:
            return after_ns + reach_ns
        reach_ns *= 4
