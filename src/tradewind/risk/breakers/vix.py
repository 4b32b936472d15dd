"""Fear in the stock market: no new stock positions while the VIX is high."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Age, Factor, Settings
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.risk.finding import EQUITY_GROUP, Finding, WhenMissing
from tradewind.risk.gauges import gauge_due_ns, gauge_problem, missing_gauge
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker


class Vix(Settings, frozen=True, kw_only=True):
    """``limit`` in the index's own points. ``when_missing`` is ``block`` or ``note``."""

    gauge: str = "VIX"
    limit: Factor = 30.0
    max_age_ns: Age = 5 * NS_PER_DAY
    when_missing: WhenMissing = "block"
    rearm: Rearm = Rearm.NEXT_DAY


def _due(book: Book, hours: MarketHours, settings: Vix) -> int:
    return gauge_due_ns(book, settings.gauge, settings.max_age_ns)


@breaker("vix", Vix(), severity=5, watch=Watch.OUTSIDE, due=_due)
def vix(book: Book, hours: MarketHours, settings: Vix) -> Sequence[Finding]:
    """Found above the limit, or as ``vix_missing`` while a stock market is open without a fresh reading."""
    if EQUITY_GROUP not in hours.groups:
        return ()
    problem = gauge_problem(book, settings.gauge, settings.max_age_ns)
    if problem:
        return missing_gauge("vix", book, hours, EQUITY_GROUP, problem, settings.when_missing)
    value = book.gauges[settings.gauge].value
    if value <= settings.limit:
        return ()
    reason = f"{settings.gauge} stands at {value:.2f}; entries in stocks halt above {settings.limit:g}."
    return (
        Finding(
            BreakerScope.CLASS,
            EQUITY_GROUP,
            BreakerAction.HALT,
            value,
            settings.limit,
            reason,
            settings.rearm,
        ),
    )
