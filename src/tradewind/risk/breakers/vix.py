"""Fear in the stock market: no new stock positions while the VIX is high."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Age, Factor
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.risk.alarm import EQUITY_GROUP, Alarm
from tradewind.risk.gauges import GaugeSettings, gauge_due_ns, halt_above
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker


class Vix(GaugeSettings, frozen=True, kw_only=True):
    """``limit`` in the index's own points. ``when_missing`` is ``block`` or ``note``."""

    gauge: str = "VIX"
    max_age_ns: Age = 5 * NS_PER_DAY
    limit: Factor = 30.0


@breaker("vix", Vix(), severity=5, watch=Watch.OUTSIDE, due=gauge_due_ns)
def vix(book: Book, hours: MarketHours, settings: Vix) -> Sequence[Alarm]:
    """Found above the limit, or as ``vix_missing`` while a stock market is open without a fresh reading."""

    def words(value: float) -> str:
        return f"{settings.gauge} stands at {value:.2f}; entries in stocks halt above {settings.limit:g}."

    return halt_above("vix", EQUITY_GROUP, book, hours, settings, settings.limit, words)
