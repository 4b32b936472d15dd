"""Recorded feeds: events merged by when they could be known, from the session's start to its last bar."""

import heapq
from collections.abc import Iterable, Iterator

from tradewind.core.errors import DataError
from tradewind.core.events import AnyEvent, SessionOpened, SessionStarted
from tradewind.core.market import Bar
from tradewind.engine.driver.cursor import known_at


def merge_feeds(*feeds: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
    """Several feeds, each already in order, as one; at the same moment the earlier named feed goes first."""
    return heapq.merge(*feeds, key=known_at)


def recorded_feed(
    start: SessionStarted,
    warmup: Iterable[Bar],
    market: Iterable[AnyEvent],
    opened_ns: int,
    preamble: Iterable[AnyEvent] = (),
) -> Iterator[AnyEvent]:
    """A whole recorded session: start, warm-up bars, then market data until it ends.

    Parameters
    ----------
    preamble
        What is recorded right after the start: model versions with their verdicts, overrides.
    market
        Bars, quotes, gauges and corporate actions in order of when they were known.

    Raises
    ------
    DataError
        Market data is out of order; a recorded feed is never silently re-sorted.
    """
    yield start
    yield from preamble
    yield from warmup
    yield SessionOpened(ts_event=opened_ns)
    now = opened_ns
    for event in market:
        known = getattr(event, "ts_recv", 0) or event.ts_event
        if known < now:
            message = f"The feed goes back in time: {type(event).__name__} known at {known} after {now}."
            raise DataError(message, "Sort the recorded feed by ts_recv before replaying it.")
        now = known
        yield event
