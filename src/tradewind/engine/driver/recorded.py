"""A recorded feed through the loop: it waits for everybody, so it comes out the same each time."""

import time
from collections.abc import Iterable

from tradewind.core.events import AnyEvent
from tradewind.engine.driver.cursor import known_at
from tradewind.engine.driver.loop import HEAR_EVERY_S, Driver

AT_ITS_END = "the feed is at its end"


def run_recorded(driver: Driver, feed: Iterable[AnyEvent], pace_s: float = 0.0) -> None:
    """Take a whole recorded feed, oldest first, until it ends or a person stops the session.

    ``pace_s`` waits after each cycle, so that the session can be watched; people are heard meanwhile.
    """
    for event in feed:
        take_recorded(driver, event, pace_s)
        if driver.stopped:
            driver.end(driver.why_stopped)
            return
    _close_cycle(driver, pace_s)
    driver.fire_timers(driver.cursor.at_ns)
    driver.wait_for_all()
    driver.end(driver.why_stopped if driver.stopped else AT_ITS_END)


def take_recorded(driver: Driver, event: AnyEvent, pace_s: float = 0.0) -> None:
    """One event of a recorded feed; the moment before it is looked at first."""
    cursor, schedule = driver.cursor, driver.schedule
    if cursor.opened and (schedule.open or driver.reducer.state.timers):
        known = known_at(event)
        if schedule.open and known > cursor.at_ns:
            _close_cycle(driver, pace_s)
        if driver.reducer.state.timers:
            driver.fire_timers(known - 1)  # those of this very moment come after its data
    driver.take(event)
    if not driver.all_settled():
        driver.wait_for_all()
    driver.keep_up(event)
    if driver.inbox is not None:
        driver.hear(force=False)


def _close_cycle(driver: Driver, pace_s: float) -> None:
    """The moment is over: look at it."""
    if not driver.schedule.open:
        return
    driver.cycle(driver.cursor.at_ns)
    driver.wait_for_all()
    driver.keep_up(None)
    if pace_s:
        _watch(driver, pace_s)


def _watch(driver: Driver, seconds: float) -> None:
    """Let time go by, and listen to people meanwhile."""
    until = time.monotonic() + seconds
    while not driver.stopped and (left := until - time.monotonic()) > 0.0:
        time.sleep(min(left, HEAR_EVERY_S))
        driver.hear(force=True)
