"""A live feed through the loop: what comes into the mailbox, and what the clock brings by itself."""

from tradewind.engine.driver.loop import HEAR_EVERY_S, Driver
from tradewind.engine.driver.mailbox import Closed

_GATHER_MOST = 5
"""A moment whose bars come without a pause (a hole is filled) is looked at after so many gathering spans."""


def run_live(driver: Driver) -> None:
    """Take what comes into the mailbox until the feed closes or somebody stops the session.

    Raises
    ------
    TradewindError
        The feed ended for good with an error; everything before it is durable, and the session can go on
        later.
    """
    driver.by_the_clock = True
    while not driver.stopped:
        item = driver.mailbox.get(_wait_s(driver))
        if isinstance(item, Closed):
            driver.on_item(item)
            driver.end(item.reason)
            return
        if item is not None:
            driver.on_item(item)
        _do_what_is_due(driver)
        driver.hear(force=item is None)
        if driver.mailbox.empty() and driver.all_settled():
            driver.commit()
        driver.keep_up(None)
    driver.end(driver.why_stopped)


def _do_what_is_due(driver: Driver) -> None:
    now_ns = driver.session_ns()
    driver.fire_timers(now_ns)
    driver.meet_deadlines(now_ns)
    if driver.schedule.open and not driver.is_deciding() and _is_cycle_due(driver, now_ns):
        driver.cycle(now_ns)
    driver.settle()


def _is_cycle_due(driver: Driver, now_ns: int) -> bool:
    """A moment is kept open for a while after its first bar came, so that the bars of others come in."""
    since_ns = now_ns - driver.schedule.opened_ns
    if since_ns < driver.gather_ns:
        return False
    return driver.mailbox.empty() or since_ns >= _GATHER_MOST * driver.gather_ns


def _wait_s(driver: Driver) -> float:
    """How long nothing needs to be done by itself; people are heard in between."""
    now_ns = driver.session_ns()
    dues = [timer.at_ns for timer in driver.reducer.state.timers.values()]
    if driver.schedule.open and not driver.is_deciding():
        dues.append(driver.schedule.opened_ns + driver.gather_ns)
    soonest = min(dues, default=now_ns + 10**9)
    return min(max((soonest - now_ns) / 1e9, 0.0), HEAR_EVERY_S)
