"""A live feed through the loop: what comes into the mailbox, and what the clock brings by itself."""

from tradewind.engine.driver.loop import HEAR_EVERY_S, Driver
from tradewind.engine.driver.mailbox import Closed
from tradewind.engine.driver.recorded import STOPPED


def run_live(driver: Driver) -> None:
    """Take what comes into the mailbox until the feed closes or a person stops the session.

    Raises
    ------
    TradewindError
        The feed ended for good with an error; everything before it is durable, and the session can go on
        later.
    """
    while not driver.stopped:
        item = driver.mailbox.get(_wait_s(driver))
        if isinstance(item, Closed):
            if item.error is not None:
                driver.commit()
                raise item.error
            driver.end(item.reason)
            return
        if item is not None:
            driver.on_item(item)
        _do_what_is_due(driver)
        driver.hear(force=item is None)
        if driver.mailbox.empty() and driver.all_settled():
            driver.commit()
        driver.keep_up(None)
    driver.end(STOPPED)


def _do_what_is_due(driver: Driver) -> None:
    now_ns = driver.clock.now_ns()
    driver.fire_timers(now_ns)
    driver.meet_deadlines(now_ns)
    if driver.schedule.open and now_ns >= _cycle_due_ns(driver) and not driver.is_deciding():
        driver.cycle(now_ns)
    driver.settle()


def _wait_s(driver: Driver) -> float:
    """How long nothing needs to be done by itself; people are heard in between."""
    now_ns = driver.clock.now_ns()
    dues = [timer.at_ns for timer in driver.reducer.state.timers.values()]
    if driver.schedule.open:
        dues.append(_cycle_due_ns(driver))
    soonest = min(dues, default=now_ns + 10**9)
    return min(max((soonest - now_ns) / 1e9, 0.0), HEAR_EVERY_S)


def _cycle_due_ns(driver: Driver) -> int:
    """A moment is kept open for a while after its first bar, so that the bars of others come in."""
    return driver.schedule.opened_ns + driver.gather_ns
