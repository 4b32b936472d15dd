"""Corporate actions in a live session: asked for before the first price of each trading day is believed.

A price on a new basis beside a holding on the old one looks like a loss that never was. So the first bar of a
share's trading day waits until a source has said what its company did since the day before, and goes into the
journal behind it. Where no source answers it waits for a while; then a price near the last one is taken, and
said to be; one that is far off goes on waiting, and the breaker of stale prices watches over that.

Mergers and spin-offs come from the facts that are stored, which are read anew each day: with the first event
of the feed that is not before them.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from tradewind.core.accounts import CorporateAction
from tradewind.core.clock import Clock
from tradewind.core.errors import DataError, TradewindError
from tradewind.core.events import FeedStatus
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.core.trading_calendar import TradingCalendar
from tradewind.core.vocabulary import ActionKind

FEED = "actions"
_LATE_NS = 7 * NS_PER_DAY
"""So long after its day an action that a source tells of late is still noticed."""
ACTING = frozenset({AssetClass.EQUITY, AssetClass.ETF})
"""What companies split and pay dividends on."""

AskActions = Callable[[str, int, int], tuple[CorporateAction, ...] | None]
"""The actions of an instrument that take effect in ``start_ns < ts <= end_ns``, as events in time order; None
where no source knows any. May block. DataError where a source that may know does not answer."""
Told = Callable[[], tuple[Sequence[CorporateAction], Sequence[str]]]
"""Mergers and spin-offs that are known by now, in time order, and what is to be said of others. May block."""
ActionKey = tuple[str, ActionKind, int]


@dataclass(frozen=True)
class PatienceSettings:
    """How long a first price of a day waits for an answer, and how near the last one it must be then."""

    retry_s: float = 15.0
    patience_s: float = 60.0
    near_fraction: float = 0.2


def key_of(action: CorporateAction) -> ActionKey:
    """What makes an action the same one, told again."""
    return action.instrument_id, action.kind, action.ts_event


@dataclass
class _Share:
    """One instrument: its last believed price, and the first prices of a day that wait."""

    calendar: TradingCalendar
    last_ns: int
    last_close: float
    believed_until_ns: int
    """The close of the trading day whose prices are believed."""
    waiting: list[Bar] = field(default_factory=list)
    asking: asyncio.Task[None] | None = None


@dataclass(frozen=True)
class _Over:
    """The events have ended, by themselves or by an error."""

    error: Exception | None


class LiveActions:
    """Puts corporate actions among a live feed's events, each before the first price on its new basis.

    Parameters
    ----------
    last
        The last bar of each instrument that the session has.
    carried
        Actions that are in its journal already: they are not carried out again.
    begun_ns
        The session's start: what took effect before it is in the bars that it began with.
    told
        The mergers and spin-offs that facts tell of by now.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        calendars: Mapping[str, TradingCalendar],
        last: Mapping[str, Bar],
        carried: Iterable[CorporateAction],
        ask: AskActions,
        clock: Clock,
        begun_ns: int,
        patience: PatienceSettings | None = None,
        told: Told = lambda: ((), ()),
    ) -> None:
        self._ask, self._clock, self._begun_ns = ask, clock, begun_ns
        self._patience = patience or PatienceSettings()
        self._carried = {key_of(action) for action in carried}
        self._told, self._told_day = told, -1
        self._due: list[CorporateAction] = []
        self._said: set[str] = set()
        self._out: asyncio.Queue[Event | _Over] = asyncio.Queue(1_000)
        self._shares = {
            name: _Share(calendars[one.calendar], last[name].ts_event, last[name].close, 0)
            for name, one in instruments.items()
            if one.asset_class in ACTING and name in last
        }
        for share in self._shares.values():
            share.believed_until_ns = share.calendar.session_bounds(share.last_ns)[1]

    async def among(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """The events in their order, but for first prices of a day that wait; until they end."""
        reading = asyncio.create_task(self._read(events))
        try:
            while not isinstance(event := await self._out.get(), _Over):
                yield event
            if event.error is not None:
                raise event.error
        finally:
            tasks = [reading, *(share.asking for share in self._shares.values() if share.asking)]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _read(self, events: AsyncGenerator[Event, None]) -> None:
        async with self._telling_its_end(always=True), aclosing(events):
            async for event in events:
                await self._take(event)

    @asynccontextmanager
    async def _telling_its_end(self, *, always: bool) -> AsyncGenerator[None, None]:
        """What ends the block by an error, or at all, is told to who reads the events."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised where the events are read
            await self._out.put(_Over(error))
        else:
            if always:
                await self._out.put(_Over(None))

    async def _take(self, event: Event) -> None:
        await self._reorganise(event.ts_event)
        share = self._shares.get(getattr(event, "instrument_id", ""))
        if share is None or (share.asking is None and event.ts_event <= share.believed_until_ns):
            if share is not None and isinstance(event, Bar):
                share.last_ns, share.last_close = event.ts_event, event.close
            await self._out.put(event)
        elif isinstance(event, Bar):
            share.waiting.append(event)
            if share.asking is None:
                share.asking = asyncio.create_task(self._settle(event.instrument_id, share))
        elif not isinstance(event, Quote):
            await self._out.put(event)
        # A quote of a day whose basis is not known is left out; the next one is never far.

    async def _reorganise(self, ts_ns: int) -> None:
        """Let mergers and spin-offs go that are due by ``ts_ns``.

        A merger is carried out however late it is told of: its target trades no more. Prices of after a
        spin-off are without it, so one that is told of behind them is only said.
        """
        if ts_ns // NS_PER_DAY > self._told_day:
            self._told_day = ts_ns // NS_PER_DAY
            await self._hear_facts()
        for action in [action for action in self._due if action.ts_event <= ts_ns]:
            self._due.remove(action)
            share = self._shares.get(action.instrument_id)
            spins = action.kind is not ActionKind.MERGER and share is not None
            await self._carry_out((action,), share.last_ns if spins and share else self._begun_ns)

    async def _hear_facts(self) -> None:
        """Read anew what facts tell of; what cannot be read, or not be carried out, ends no session."""
        try:
            due, notes = await asyncio.to_thread(self._told)
        except TradewindError as error:
            due, notes = self._due, (error.message,)
        self._due = list(due)
        for note in notes:
            if note not in self._said:
                self._said.add(note)
                await self._say("unknown", note)

    async def _settle(self, name: str, share: _Share) -> None:
        """Let the waiting bars go, each day's when it is known on which basis they stand."""
        async with self._telling_its_end(always=False):
            while share.waiting:
                if share.waiting[0].ts_event > share.believed_until_ns:
                    await self._settle_day(name, share)
                bar = share.waiting.pop(0)
                share.last_ns, share.last_close = bar.ts_event, bar.close
                await self._out.put(bar)
            share.asking = None

    async def _settle_day(self, name: str, share: _Share) -> None:
        """Ask until the first bar of a day can be believed."""
        first, loop = share.waiting[0], asyncio.get_running_loop()
        _, closed_ns = share.calendar.session_bounds(first.ts_event)
        near = _is_near(first.open, share.last_close, self._patience.near_fraction)
        begun, said = loop.time(), False
        while True:
            late = loop.time() - begun >= self._patience.patience_s
            try:
                found = await asyncio.to_thread(self._ask, name, share.last_ns - _LATE_NS, first.ts_event)
            except DataError as error:
                if late and near:
                    await self._say("unknown", f"{name}: nobody says whether it was split; {_taken(first)}")
                    break
                if not said:
                    said = True
                    await self._say(
                        "waiting", f"{name}: prices of {iso(first.ts_event)} wait; {error.message}"
                    )
            else:
                new = [action for action in found or () if action.ts_event > share.last_ns]
                split = any(action.kind is ActionKind.SPLIT for action in new)
                if near or split or late or found is None:
                    await self._carry_out(found or (), share.last_ns)
                    if not near and not split:
                        await self._say("unknown", f"{name}: no split is told of; {_taken(first)}")
                    break
            await asyncio.sleep(self._patience.retry_s)
        share.believed_until_ns = closed_ns

    async def _carry_out(self, found: Iterable[CorporateAction], last_ns: int) -> None:
        """What is new goes to the session; what was told of too late is said, for a person to book."""
        for action in found:
            if key_of(action) in self._carried or action.ts_event <= self._begun_ns:
                continue
            self._carried.add(key_of(action))
            if action.ts_event > last_ns:
                await self._out.put(action)
            else:
                when = iso(action.ts_event)
                what = f"the {action.kind} of {action.instrument_id} of {when}"
                await self._say("late", f"{what} was told of after its day: it is not booked.")

    async def _say(self, status: str, detail: str) -> None:
        await self._out.put(
            FeedStatus(ts_event=self._clock.now_ns(), feed=FEED, status=status, detail=detail)
        )


def _is_near(price: float, before: float, fraction: float) -> bool:
    """Whether it is no further off than a fraction, up or down; nothing is near a price of nothing."""
    return price > 0.0 and before > 0.0 and abs(math.log(price / before)) <= math.log1p(fraction)


def _taken(bar: Bar) -> str:
    return f"the price of {bar.open:g} at {iso(bar.ts_event)} is taken as it is."
