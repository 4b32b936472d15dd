"""Old prices: no new position in an instrument whose market is open while its price stands still."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Age, Settings
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.risk.alarm import Alarm
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import NEVER_NS, Watch, breaker


class DataStale(Settings, frozen=True, kw_only=True):
    """``max_age_ns`` suits daily bars over a long weekend; set a few bar lengths for faster ones.

    After the open, and after a lunch break, a price has ``grace_ns`` to arrive, whatever the age of the last.
    """

    max_age_ns: Age = 5 * NS_PER_DAY
    grace_ns: Age = 5 * NS_PER_MINUTE
    action: BreakerAction = BreakerAction.HALT


def _due(book: Book, hours: MarketHours, settings: DataStale) -> int:
    now = book.now_ns
    dues = [ts + settings.max_age_ns + 1 for ts in book.mark_ts.values()]
    # Where a market has just opened, the end of its grace may come first.
    dues += [
        hours.trading_span(instrument_id, now)[0] + settings.grace_ns + 1
        for members in hours.groups.values()
        for instrument_id in members
    ]
    return min((due for due in dues if due > now), default=NEVER_NS)


@breaker("data_stale", DataStale(), severity=8, watch=Watch.OUTSIDE, due=_due)
def data_stale(book: Book, hours: MarketHours, settings: DataStale) -> Sequence[Alarm]:
    """Found for each tradable instrument with a price too old while its market is open; clears by itself.

    An instrument that never had a price is not found here: it cannot be traded anyway.
    """
    found = []
    now = book.now_ns
    oldest = now - settings.max_age_ns
    limit_s = settings.max_age_ns / NS_PER_S
    for instrument_id, marked in book.mark_ts.items():
        if marked >= oldest:
            continue
        instrument = hours.instruments.get(instrument_id)
        if instrument is None or not instrument.tradable:
            continue
        open_ns, close_ns = hours.trading_span(instrument_id, now)
        if not open_ns + settings.grace_ns < now <= close_ns:
            continue
        age_s = (now - marked) / NS_PER_S
        reason = f"The price of {instrument_id} is {age_s:.0f} s old; at most {limit_s:.0f} s are allowed."
        found.append(
            Alarm(
                BreakerScope.INSTRUMENT,
                instrument_id,
                settings.action,
                age_s,
                limit_s,
                reason,
                Rearm.WHEN_CLEAR,
            )
        )
    return found
