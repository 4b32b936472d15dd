"""When a market is open: trading days of a calendar, the table that a session records, and bar times.

A calendar is a name of the ``exchange_calendars`` library (``XNYS``, ``XTKS``, ``24/7``) or one of ours
(:data:`tradewind.data.calendar_rules.OWN_CALENDARS`: the currencies' ``24/5`` and others). Building one
costs a part of a second, so spans of whole five years are built once a process and kept.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import numpy as np

from tradewind.core.errors import NoDataError
from tradewind.core.market import Timeframe
from tradewind.core.panel import Bools, Ints
from tradewind.core.timestamps import NS_PER_DAY, from_ns, iso
from tradewind.core.trading_calendar import (
    ALWAYS_OPEN,
    ROUND_THE_CLOCK,
    TradingCalendar,
    calendar_of_days,
)
from tradewind.data.calendar_rules import OWN_CALENDARS, day_number
from tradewind.data.exchange_hours import exchange_days
from tradewind.data.trading_days import TradingDays, days_of_rows

_SPAN_YEARS = 5
_WELL_KNOWN = {"XNYS", ROUND_THE_CLOCK, *OWN_CALENDARS}
_WELL_KNOWN_YEARS = (1990, 2029)  # one build of a quarter of a second serves everyone
_LONGEST_CLOSED_NS = 15 * NS_PER_DAY
_THURSDAY = 3  # 1970-01-01 was one: weeks that end on Sunday start four days later


def trading_calendar(calendar: str, start_ns: int, end_ns: int) -> TradingCalendar:
    """The table that answers for every moment of the span, in whole calendar years where they are known.

    Raises
    ------
    ConfigError
        No calendar is called that.
    NoDataError
        The calendar's trading days are not known for the whole span.
    """
    if calendar == ROUND_THE_CLOCK:
        return ALWAYS_OPEN
    built = _built_around(calendar, start_ns, end_ns)
    january = day_number(date(from_ns(start_ns).year, 1, 1)), day_number(date(from_ns(end_ns).year + 1, 1, 1))
    first = np.searchsorted(built.open_ns, min(start_ns, january[0] * NS_PER_DAY), side="right") - 1
    last = np.searchsorted(built.close_ns, max(end_ns, january[1] * NS_PER_DAY))
    found = built.take(slice(max(int(first), 0), int(last) + 1))
    if not len(found) or found.open_ns[0] > start_ns or found.close_ns[-1] < end_ns:
        message = f"The trading days of {calendar} are not known for all of {iso(start_ns)} to {iso(end_ns)}."
        raise NoDataError(message, "Ask for a span that the calendar covers.")
    return calendar_of_days(calendar, found.times())


def trading_calendars(names: Iterable[str], start_ns: int, end_ns: int) -> dict[str, TradingCalendar]:
    """The table of each calendar, by name; see :func:`trading_calendar`."""
    return {name: trading_calendar(name, start_ns, end_ns) for name in sorted(set(names))}


def trading_days(calendar: str, start_ns: int, end_ns: int) -> TradingDays:
    """Trading days with ``start_ns <= close_ns < end_ns``.

    Raises
    ------
    ConfigError
        No calendar is called that.
    NoDataError
        The library does not know the calendar that far back or ahead.
    """
    built = _built_around(calendar, start_ns, end_ns)
    low, high = np.searchsorted(built.close_ns, [start_ns, end_ns])
    return built.take(slice(int(low), int(high)))


def _built_around(calendar: str, start_ns: int, end_ns: int) -> TradingDays:
    first = from_ns(start_ns).year - 1  # a trading day may close in UTC's next year
    last = from_ns(max(end_ns, start_ns)).year + 1
    first -= first % _SPAN_YEARS
    last += _SPAN_YEARS - 1 - last % _SPAN_YEARS
    if calendar in _WELL_KNOWN:
        first, last = min(first, _WELL_KNOWN_YEARS[0]), max(last, _WELL_KNOWN_YEARS[1])
    return _days_of_years(calendar, first, last)


@lru_cache(maxsize=64)
def _days_of_years(calendar: str, first_year: int, last_year: int) -> TradingDays:
    """All trading days dated in these years, built once a process."""
    if calendar in OWN_CALENDARS:
        return days_of_rows(calendar, OWN_CALENDARS[calendar](first_year, last_year))
    return exchange_days(calendar, first_year, last_year, tuple(sorted(OWN_CALENDARS)))


def close_ns(calendar: str, day: date) -> int:
    """UTC close of the trading day ``day``; NoDataError when it is none."""
    number = day_number(day)
    near = trading_days(calendar, (number - 1) * NS_PER_DAY, (number + 3) * NS_PER_DAY)
    hit = np.flatnonzero(near.day == number)
    if not len(hit):
        message = f"The calendar {calendar} does not trade on {day.isoformat()}."
        raise NoDataError(message, "Ask for a trading day.")
    return int(near.close_ns[hit[0]])


def stamp_days(calendar: str, days: Ints) -> Ints:
    """UTC close of each date (days since 1970), any order; early closes counted.

    A date without trading is stamped at the hour at which the nearest trading day before it closes, so that
    a row which should not be there can be looked at; the schedule rule then reports it.
    """
    if not len(days):
        return days.astype(np.int64)
    start = (int(days.min()) - 15) * NS_PER_DAY
    known = trading_days(calendar, start, (int(days.max()) + 3) * NS_PER_DAY)
    row = np.searchsorted(known.day, days, side="right") - 1
    return known.close_ns[row] + (days - known.day[row]) * NS_PER_DAY


def expected_closes(calendar: str, timeframe: str, start_ns: int, end_ns: int) -> Ints:
    """Bar times that a complete series has in ``start_ns <= ts < end_ns``, int64 UTC ns.

    Intraday bars are anchored to the trading day's open; the last bar of a day ends with it, and one that
    lies wholly in a lunch break does not exist.
    """
    frame = Timeframe(timeframe)
    if frame is Timeframe.D1:
        return trading_days(calendar, start_ns, end_ns).close_ns
    if frame is Timeframe.W1:
        wide = trading_days(calendar, start_ns, end_ns + 8 * NS_PER_DAY)
        ends: Ints = wide.close_ns[is_week_end(wide)]
        return ends[ends < end_ns]
    wide = trading_days(calendar, start_ns, end_ns + 4 * NS_PER_DAY)
    counts = -(-(wide.close_ns - wide.open_ns) // frame.length_ns)
    day = np.repeat(np.arange(len(wide)), counts)
    nth = np.arange(len(day)) - np.repeat(np.cumsum(counts) - counts, counts)
    begins = wide.open_ns[day] + nth * frame.length_ns
    closes = np.minimum(begins + frame.length_ns, wide.close_ns[day])
    traded = (begins < wide.break_start_ns[day]) | (closes > wide.break_end_ns[day])
    wanted: Ints = closes[traded & (closes >= start_ns) & (closes < end_ns)]
    return wanted


def closes_before(calendar: str, timeframe: str, now_ns: int, count: int) -> Ints:
    """The newest ``count`` bar times up to and with ``now_ns``, oldest first, int64 UTC ns.

    Raises
    ------
    NoDataError
        The calendar does not reach back so far.
    """
    reach_ns = count * Timeframe(timeframe).length_ns + _LONGEST_CLOSED_NS
    while True:
        found = expected_closes(calendar, timeframe, now_ns - reach_ns, now_ns + 1)
        if len(found) >= count:
            newest: Ints = found[len(found) - count :]
            return newest
        reach_ns *= 2


def week_number(day: Ints) -> Ints:
    """Running number of the Monday-to-Sunday week of each date (days since 1970)."""
    return (day + _THURSDAY) // 7


def is_week_end(span: TradingDays) -> Bools:
    """Whether each trading day is the last of its week; the last one of ``span`` counts as none."""
    week = week_number(span.day)
    ends = np.zeros(len(span), dtype=np.bool_)
    ends[:-1] = week[1:] != week[:-1]
    return ends
