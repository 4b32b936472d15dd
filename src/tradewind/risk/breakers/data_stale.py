"""Old prices: no new position in a symbol whose market is open while its price stands still."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Age, Settings
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S
from tradewind.risk.finding import Action, Finding
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import NEVER_NS, Watch, breaker


class DataStale(Settings, frozen=True, kw_only=True):
    """``max_age_ns`` suits daily bars over a long weekend; set a few bar lengths for faster ones.

    After the open a price has ``grace_ns`` to arrive, whatever the age of yesterday's.
    """

    max_age_ns: Age = 5 * NS_PER_DAY
    grace_ns: Age = 5 * NS_PER_MINUTE
    action: Action = "halt"


def _due(book: Book, settings: DataStale) -> int:
    now = book.now_ns
    ages = (ts + settings.max_age_ns + 1 for ts in book.mark_ts.values())
    aging = min((due for due in ages if due > now), default=NEVER_NS)
    # Where a market has just opened, the end of its grace may come first; opens are on half hours.
    half_hour = 30 * NS_PER_MINUTE
    grace = now // half_hour * half_hour + settings.grace_ns % half_hour + 1
    return min(aging, grace if grace > now else grace + half_hour)


@breaker("data_stale", DataStale(), severity=8, watch=Watch.OUTSIDE, due=_due)
def data_stale(book: Book, hours: MarketHours, settings: DataStale) -> Sequence[Finding]:
    """Found for each tradable symbol with a price too old while its market is open; clears by itself.

    A symbol that never had a price is not found here: it cannot be traded anyway.
    """
    found = []
    now = book.now_ns
    oldest = now - settings.max_age_ns
    limit_s = settings.max_age_ns / NS_PER_S
    for symbol, marked in book.mark_ts.items():
        if marked >= oldest:
            continue
        instrument = hours.instruments.get(symbol)
        if instrument is None or not instrument.tradable:
            continue
        open_ns, close_ns = hours.session(instrument.calendar, now)
        if not open_ns + settings.grace_ns < now <= close_ns:
            continue
        age_s = (now - marked) / NS_PER_S
        reason = f"The price of {symbol} is {age_s:.0f} s old; at most {limit_s:.0f} s are allowed."
        found.append(Finding("symbol", symbol, settings.action, age_s, limit_s, reason, "when_clear"))
    return found
