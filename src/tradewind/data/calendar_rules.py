"""Calendars that the exchange library does not have: fixings, the foreign-exchange week, a gauge.

Each rule maps a span of years to ``(day, open_ns, close_ns)`` rows; adding a calendar is adding one
function and its name to :data:`OWN_CALENDARS`. A name of the library's that stands there too is ours.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE, to_ns
from tradewind.data.exchange_hours import exchange_days

Rows = list[tuple[int, int, int]]
"""``(day number of the trading day's date, open_ns, close_ns)``, oldest first."""

NEW_YORK = ZoneInfo("America/New_York")
FRANKFURT = ZoneInfo("Europe/Berlin")
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SATURDAY = 5


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH_DAY


def local_ns(day: date, clock: time, zone: ZoneInfo) -> int:
    """UTC nanoseconds of a wall-clock time on a date; daylight saving is the zone's own."""
    return to_ns(datetime.combine(day, clock, zone).astimezone(UTC))


def _weekdays(first_year: int, last_year: int) -> Iterator[date]:
    day = date(first_year, 1, 1)
    while day.year <= last_year:
        if day.weekday() < _SATURDAY:
            yield day
        day += timedelta(days=1)


@cache
def easter_sunday(year: int) -> date:
    """Western Easter by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * ell) // 433
    month = (h + ell - 7 * m + 90) // 25
    return date(year, month, (h + ell - 7 * m + 33 * month + 19) % 32)


def is_target_closed(day: date) -> bool:
    """Whether TARGET, and with it the ECB's rate fixing, rests on this weekday.

    Source: ECB, "TARGET closing days": since 2002 New Year's Day, Good Friday, Easter Monday, 1 May, 25 and
    26 December; 1999 only New Year's Day, 25 December and 31 December; 2001 also 31 December.
    """
    if (day.month, day.day) in {(1, 1), (12, 25)}:
        return True
    if day.year in {1999, 2001} and (day.month, day.day) == (12, 31):
        return True
    if day.year < 2000:
        return False
    easter = easter_sunday(day.year)
    return (day.month, day.day) in {(5, 1), (12, 26)} or (day - easter).days in {-2, 1}


def ecb_fixing(first_year: int, last_year: int) -> Rows:
    """The ECB's euro reference rates: taken about 14:10, published about 16:00 Frankfurt time.

    Source: ECB, "Euro foreign exchange reference rates". Until 30 June 2016 they came out soon after the
    fixing; 16:00 is used for all years, so that no rate is known before it was.
    """
    return [
        (day_number(day), local_ns(day, time(14, 10), FRANKFURT), local_ns(day, time(16), FRANKFURT))
        for day in _weekdays(first_year, last_year)
        if not is_target_closed(day)
    ]


def foreign_exchange_week(first_year: int, last_year: int) -> Rows:
    """Spot currencies: days that end at 17:00 New York, Sunday evening to Friday.

    1 January and 25 December rest.
    """
    return [
        (
            day_number(day),
            local_ns(day - timedelta(days=1), time(17), NEW_YORK),
            local_ns(day, time(17), NEW_YORK),
        )
        for day in _weekdays(first_year, last_year)
        if (day.month, day.day) not in {(1, 1), (12, 25)}
    ]


def utc_weekdays(first_year: int, last_year: int) -> Rows:
    """Weekdays from midnight to midnight UTC: how some vendors cut a currency's days."""
    return [
        (day_number(day), day_number(day) * NS_PER_DAY, (day_number(day) + 1) * NS_PER_DAY)
        for day in _weekdays(first_year, last_year)
    ]


def vix_index(first_year: int, last_year: int) -> Rows:
    """The VIX index: New York's trading days, last value 15 minutes after the stock exchange's close.

    Source: Cboe VIX methodology: spot values are disseminated until 16:15 Eastern time.
    """
    stocks = exchange_days("XNYS", first_year, last_year, ())
    close = stocks.close_ns + 15 * NS_PER_MINUTE
    return list(zip(stocks.day.tolist(), stocks.open_ns.tolist(), close.tolist(), strict=True))


OWN_CALENDARS: dict[str, Callable[[int, int], Rows]] = {
    "24/5": foreign_exchange_week,
    "ECB": ecb_fixing,
    "UTC/5": utc_weekdays,
    "VIX": vix_index,
}
