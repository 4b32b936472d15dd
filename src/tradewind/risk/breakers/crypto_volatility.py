"""A storm in crypto: no new positions while its realised volatility is high."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Age, Factor, Settings
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.risk.finding import Finding, WhenMissing
from tradewind.risk.gauges import gauge_due_ns, gauge_problem, missing_gauge
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker

_GROUP = "crypto"


class CryptoVolatility(Settings, frozen=True, kw_only=True):
    """``limit`` is an annual volatility as a fraction; ``when_missing`` is ``block`` or ``note``."""

    gauge: str = "CRYPTO_RV"
    limit: Factor = 1.0
    max_age_ns: Age = 2 * NS_PER_DAY
    when_missing: WhenMissing = "block"
    rearm: Rearm = Rearm.NEXT_DAY


def _due(book: Book, hours: MarketHours, settings: CryptoVolatility) -> int:
    return gauge_due_ns(book, settings.gauge, settings.max_age_ns)


@breaker("crypto_volatility", CryptoVolatility(), severity=7, watch=Watch.OUTSIDE, due=_due)
def crypto_volatility(book: Book, hours: MarketHours, settings: CryptoVolatility) -> Sequence[Finding]:
    """Found above the limit, or as ``crypto_volatility_missing`` without a fresh reading."""
    if _GROUP not in hours.groups:
        return ()
    problem = gauge_problem(book, settings.gauge, settings.max_age_ns)
    if problem:
        return missing_gauge("crypto_volatility", book, hours, _GROUP, problem, settings.when_missing)
    value = book.gauges[settings.gauge].value
    if value <= settings.limit:
        return ()
    reason = (
        f"{settings.gauge} stands at {value:.0%} a year; entries in crypto halt above {settings.limit:.0%}."
    )
    return (
        Finding(
            BreakerScope.CLASS, _GROUP, BreakerAction.HALT, value, settings.limit, reason, settings.rearm
        ),
    )
