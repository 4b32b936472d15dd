"""The universe of a live session: chosen at its start and its dates, by daily bars and facts known then."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.market.calendars import releases_by_instrument
from tradewind.app.market.candidates import candidate_of
from tradewind.app.market.history import load_series
from tradewind.app.market.workspace import open_workspace
from tradewind.app.session.strategies import strategies_of
from tradewind.app.session.universe import chosen_event
from tradewind.app.session.universe_config import AT, screened_days
from tradewind.core.changes import UniverseChosen
from tradewind.core.clock import Clock
from tradewind.core.errors import DataError
from tradewind.core.events import FeedStatus
from tradewind.core.instruments import Instrument
from tradewind.core.market import Event
from tradewind.core.releases import Release
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S, iso
from tradewind.data.reference.facts import read_facts
from tradewind.data.universe.filters.releases import NAME as RELEASES
from tradewind.data.universe.filters.releases import turning_points
from tradewind.data.universe.schedule import choosing_times
from tradewind.data.universe.screening import filter_settings, screen

FEED = "universe"
NEVER_NS = 2**63 - 1
_DAILY = "1d"
_AHEAD_NS = 400 * NS_PER_DAY
_RETRY_S = 60.0


@dataclass(frozen=True)
class Choice:
    """What each strategy may enter from ``at_ns`` on, and when that is to be chosen anew."""

    at_ns: int
    chosen: tuple[UniverseChosen, ...]
    next_ns: int


Choose = Callable[[int], Choice]
"""The choice of a moment; may block. DataError where its bars cannot be had."""


def choose_now(config: TradewindConfig, instruments: Mapping[str, Instrument], now_ns: int) -> Choice:
    """The choice by the daily bars that had closed, and the facts and releases that were known.

    Raises
    ------
    DataError
        The bars of an instrument cannot be had.
    """
    universe = config.session.universe
    if universe is None:
        return Choice(now_ns, (), NEVER_NS)
    workspace, settings = open_workspace(config), filter_settings(universe.filters, AT)
    begin_ns = now_ns - screened_days(universe, _DAILY) * NS_PER_DAY
    window = DateWindow(start=iso(begin_ns), end=iso(now_ns + NS_PER_S))  # what closes now has closed
    series = load_series(workspace, list(instruments), window, timeframe=_DAILY)
    told = {name: one.symbol for name, one in instruments.items()}
    due = releases_by_instrument(workspace.tables, config.calendars, told)
    candidates = {
        name: candidate_of(
            instruments[name],
            one.as_stored,
            one.calendar,
            one.actions or (),
            read_facts(workspace.tables, name),
            now_ns,
            workspace.quality,
            due[name],
        )
        for name, one in series.items()
    }
    chosen = tuple(
        chosen_event(
            strategy.name,
            screen([candidates[name] for name in strategy.symbols], settings, universe.most),
            now_ns,
        )
        for strategy in strategies_of(config)
    )
    dates = choosing_times(universe.every, now_ns, now_ns + _AHEAD_NS)
    turns = _turns(due, settings.get(RELEASES))
    return Choice(now_ns, chosen, min((ns for ns in (*dates, *turns) if ns > now_ns), default=NEVER_NS))


def _turns(due: Mapping[str, tuple[Release, ...]], near: object) -> list[int]:
    if near is None:
        return []
    return [moment for rows in due.values() for moment in turning_points(rows, near)]  # type: ignore[arg-type]


class LiveUniverse:
    """Puts choices among a live feed's events when they are due; the feed does not wait for them.

    ``next_ns`` is when the first is due.
    """

    def __init__(self, choose: Choose, next_ns: int, clock: Clock, retry_s: float = _RETRY_S) -> None:
        self._choose, self._next_ns, self._clock, self._retry_s = choose, next_ns, clock, retry_s
        self._asking: asyncio.Task[Choice] | None = None
        self._not_before, self._said = 0.0, False

    async def among(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """The events in their order, and after each what has been chosen meanwhile."""
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
                    self._begin_if_due()
                    for own in self._done():
                        yield own
        finally:
            if self._asking is not None:
                self._asking.cancel()
                await asyncio.wait([self._asking])

    def _begin_if_due(self) -> None:
        now_ns = self._clock.now_ns()
        if self._asking is None and now_ns >= self._next_ns and time.monotonic() >= self._not_before:
            self._asking = asyncio.create_task(asyncio.to_thread(self._choose, now_ns))

    def _done(self) -> tuple[Event, ...]:
        if self._asking is None or not self._asking.done():
            return ()
        asked, self._asking = self._asking, None
        try:
            choice = asked.result()
        except DataError as error:
            self._not_before = time.monotonic() + self._retry_s
            first, self._said = not self._said, True
            detail = f"The universe stays as it was: {error.message}"
            now_ns = self._clock.now_ns()
            return (FeedStatus(ts_event=now_ns, feed=FEED, status="waiting", detail=detail),) if first else ()
        self._next_ns, self._said = choice.next_ns, False
        return choice.chosen
