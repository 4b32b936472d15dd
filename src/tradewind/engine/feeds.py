"""Feeds for the loop: recorded events merged by when they could be known, with the timers of a cycle."""

import heapq
from collections.abc import Iterable, Iterator

from tradewind.core.errors import DataError
from tradewind.core.events import AnyEvent, SessionEnded, SessionOpened, SessionStarted, Timer
from tradewind.core.forecasts import FactorRow, Forecast, ForecastFailed
from tradewind.core.market import Bar, GaugeRead, Quote
from tradewind.core.vocabulary import TimerName


def known_at(event: AnyEvent) -> int:
    """When an event could first be known: ``ts_recv`` where the feed recorded one, else ``ts_event``."""
    return getattr(event, "ts_recv", 0) or event.ts_event


def merge_feeds(*feeds: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
    """Several feeds, each already in order, as one; at the same moment the earlier named feed goes first."""
    return heapq.merge(*feeds, key=known_at)


def replayed_feed(
    start: SessionStarted,
    warmup: Iterable[Bar],
    market: Iterable[AnyEvent],
    opened_ns: int,
    forecasts: Iterable[FactorRow | Forecast | ForecastFailed] | None = None,
    preamble: Iterable[AnyEvent] = (),
) -> Iterator[AnyEvent]:
    """A whole recorded session: start, warm-up bars, then cycles of market data until it ends.

    Parameters
    ----------
    preamble
        What is recorded right after the start: model versions with their verdicts, overrides.
    market
        Bars, quotes and gauges in order of when they were known.
    forecasts
        For backtests: factor rows and forecasts made beforehand, in time order. Those of a moment follow
        its ``cycle`` timer and are followed by a ``decide`` timer. None where a model host answers.

    Raises
    ------
    DataError
        Market data is out of order; a recorded feed is never silently re-sorted.
    """
    yield start
    yield from preamble
    yield from warmup
    yield SessionOpened(ts_event=opened_ns)
    beforehand = _Lookahead(forecasts) if forecasts is not None else None
    now = opened_ns
    open_cycle = False
    for event in market:
        ts = known_at(event)
        if ts < now:
            message = f"The feed goes back in time: {type(event).__name__} known at {ts} after {now}."
            raise DataError(message, "Sort the recorded feed by ts_recv before replaying it.")
        if ts > now and open_cycle:
            yield from _close_cycle(now, beforehand)
            open_cycle = False
        now = ts
        open_cycle = open_cycle or isinstance(event, Bar | Quote | GaugeRead)
        yield event
    if open_cycle:
        yield from _close_cycle(now, beforehand)
    yield SessionEnded(ts_event=now, reason="the feed is at its end")


def _close_cycle(now: int, beforehand: "_Lookahead | None") -> Iterator[AnyEvent]:
    yield Timer(ts_event=now, name=TimerName.CYCLE)
    if beforehand is not None:
        known = list(beforehand.up_to(now))
        if known:
            yield from known
            yield Timer(ts_event=now, name=TimerName.DECIDE)


class _Lookahead:
    """Hands out prepared events in order, never one whose time has not come."""

    def __init__(self, events: Iterable[FactorRow | Forecast | ForecastFailed]) -> None:
        self._events = iter(events)
        self._next = next(self._events, None)

    def up_to(self, now: int) -> Iterator[FactorRow | Forecast | ForecastFailed]:
        while self._next is not None and known_at(self._next) <= now:
            yield self._next
            self._next = next(self._events, None)
