"""A falling stock market: no new stock positions on a day on which the index has dropped."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Age, Fall
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import BreakerAction, BreakerScope
from tradewind.risk.alarm import EQUITY_GROUP, Alarm
from tradewind.risk.gauges import GaugeSettings, gauge_due_ns, gauge_problem, missing_gauge
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker


class IndexDrop(GaugeSettings, frozen=True, kw_only=True):
    """``limit`` is the change from the close of the day before, as a (negative) fraction."""

    gauge: str = "SPX"
    max_age_ns: Age = 5 * NS_PER_DAY
    limit: Fall = -0.02


@breaker("index_drop", IndexDrop(), severity=6, watch=Watch.OUTSIDE, due=gauge_due_ns)
def index_drop(book: Book, hours: MarketHours, settings: IndexDrop) -> Sequence[Alarm]:
    """Found at or under the limit; ``index_drop_missing`` without a fresh reading or a previous close."""
    if EQUITY_GROUP not in hours.groups:
        return ()
    problem = gauge_problem(book, settings.gauge, settings.max_age_ns, with_previous=True)
    if problem:
        return missing_gauge("index_drop", book, hours, EQUITY_GROUP, problem, settings.when_missing)
    reading = book.gauges[settings.gauge]
    change = reading.value / reading.previous - 1.0
    if change > settings.limit:
        return ()
    reason = (
        f"{settings.gauge} is {change:+z.2%} on the day; entries in stocks halt at {settings.limit:+z.2%}."
    )
    return (
        Alarm(
            BreakerScope.CLASS,
            EQUITY_GROUP,
            BreakerAction.HALT,
            change,
            settings.limit,
            reason,
            settings.rearm,
        ),
    )
