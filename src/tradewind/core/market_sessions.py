"""The day around the world: which market sessions (Sydney to New York) a moment lies in, by a UTC table.

Source of the hours: the conventional foreign-exchange session table. A moment can lie in several. What an
exchange's own hours are, holidays included, is a matter of :mod:`tradewind.core.trading_calendar`.
"""

import msgspec

from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE


class MarketSession(msgspec.Struct, frozen=True):
    """Named span of the UTC day; it crosses midnight when it opens later than it closes."""

    name: str
    open_minute: int
    close_minute: int

    def contains(self, minute_of_day: int) -> bool:
        """Whether the minute (0 to 1439) lies inside; the open is in, the close is out."""
        if self.open_minute < self.close_minute:
            return self.open_minute <= minute_of_day < self.close_minute
        return minute_of_day >= self.open_minute or minute_of_day < self.close_minute


MARKET_SESSIONS = (
    MarketSession("sydney", 22 * 60, 7 * 60),
    MarketSession("tokyo", 0, 9 * 60),
    MarketSession("london", 8 * 60, 16 * 60),
    MarketSession("new_york", 13 * 60, 22 * 60),
)


def market_sessions_at(ts_ns: int, table: tuple[MarketSession, ...] = MARKET_SESSIONS) -> tuple[str, ...]:
    """Names of the market sessions that ``ts_ns`` lies in, in the table's order."""
    minute = ts_ns % NS_PER_DAY // NS_PER_MINUTE
    return tuple(session.name for session in table if session.contains(minute))
