"""A storm in crypto: no new positions while its realised volatility is high."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Age, Factor
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.risk.alarm import Alarm
from tradewind.risk.gauges import GaugeSettings, gauge_due_ns, halt_above
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker

_GROUP = "crypto"


class CryptoVolatility(GaugeSettings, frozen=True, kw_only=True):
    """``limit`` is an annual volatility as a fraction; ``when_missing`` is ``block`` or ``note``."""

    gauge: str = "CRYPTO_RV"
    max_age_ns: Age = 2 * NS_PER_DAY
    limit: Factor = 1.0


@breaker("crypto_volatility", CryptoVolatility(), severity=7, watch=Watch.OUTSIDE, due=gauge_due_ns)
def crypto_volatility(book: Book, hours: MarketHours, settings: CryptoVolatility) -> Sequence[Alarm]:
    """Found above the limit, or as ``crypto_volatility_missing`` without a fresh reading."""

    def words(value: float) -> str:
        return (
            f"{settings.gauge} stands at {value:.0%} a year; "
            f"entries in crypto halt above {settings.limit:.0%}."
        )

    return halt_above("crypto_volatility", _GROUP, book, hours, settings, settings.limit, words)
