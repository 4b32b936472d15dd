"""When a market is open: sessions of an instrument's calendar, and the bar times that follow from them.

A calendar is a name of the ``exchange_calendars`` library (``XNYS``, ``24/7``, ``24/5``) or one of ours
(:data:`tradewind.data.calendar_rules.OWN_CALENDARS`). Building one costs a part of a second, so spans of
whole five years are built once a process and kept.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from tradewind.core.errors import ConfigError, NoDataError
from tradewind.core.market import Timeframe
from tradewind.core.panel import Bools, Ints
from tradewind.core.timestamps import NS_PER_DAY, from_ns, iso
from tradewind.data.calendar_rules import OWN_CALENDARS, day_number

_SPAN_YEARS = 5
_WELL_KNOWN = {"XNYS", "24/7", "24/5", *OWN_CALENDARS}
_WELL_KNOWN_YEARS = (1990, 2029)  # one build of a quarter of a second serves everyone
_THURSDAY = 3  # 1970-01-01 was one: weeks that end on Sunday start four days later


@dataclass(frozen=True)
class Sessions:
    """Trading sessions, oldest first; int64 arrays of one length.

    ``day`` is the session's date as days since 1970, ``open_ns`` and ``close_ns`` are UTC; a moment ``t``
    lies inside where ``open_ns < t <= close_ns``, so that a bar stamped by its close belongs to the session
    in which it was made.
    """

    calendar: str
    day: Ints
    open_ns: Ints
    close_ns: Ints

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: Bools | slice) -> "Sessions":
        """The chosen sessions."""
        return Sessions(self.calendar, self.day[rows], self.open_ns[rows], self.close_ns[rows])

    def find(self, ts_event: Ints) -> Ints:
        """Index of the session that each moment lies in, -1 where it lies in none."""
        if not len(self):
            return np.full(len(ts_event), -1, dtype=np.int64)
        index = np.searchsorted(self.close_ns, ts_event, side="left")
        safe = np.minimum(index, len(self) - 1)
        inside = (index < len(self)) & (self.open_ns[safe] < ts_event)
        return np.where(inside, safe, -1).astype(np.int64)


def sessions(calendar: str, start_ns: int, end_ns: int) -> Sessions:
    """Sessions with ``start_ns <= close_ns < end_ns``.

    Raises
    ------
    ConfigError
        No calendar is called that.
    NoDataError
        The library does not know the calendar that far back or ahead.
    """
    first = from_ns(start_ns).year - 1  # a session may close in UTC's next year
    last = from_ns(max(end_ns, start_ns)).year + 1
    first -= first % _SPAN_YEARS
    last += _SPAN_YEARS - 1 - last % _SPAN_YEARS
    if calendar in _WELL_KNOWN:
        first, last = min(first, _WELL_KNOWN_YEARS[0]), max(last, _WELL_KNOWN_YEARS[1])
    built = sessions_of_years(calendar, first, last)
    low, high = np.searchsorted(built.close_ns, [start_ns, end_ns])
    return built.take(slice(int(low), int(high)))


def close_ns(calendar: str, day: date) -> int:
    """UTC close of the session on ``day``; NoDataError when there is none."""
    number = day_number(day)
    near = sessions(calendar, (number - 1) * NS_PER_DAY, (number + 3) * NS_PER_DAY)
    hit = np.flatnonzero(near.day == number)
    if not len(hit):
        message = f"The calendar {calendar} has no session on {day.isoformat()}."
        raise NoDataError(message, "Ask for a trading day.")
    return int(near.close_ns[hit[0]])


def stamp_days(calendar: str, days: Ints) -> Ints:
    """UTC close of each date (days since 1970), any order; early closes counted.

    A date without a session is stamped at the hour at which the nearest session before it closes, so that a
    row which should not be there can be looked at; the schedule rule then reports it.
    """
    if not len(days):
        return days.astype(np.int64)
    start = (int(days.min()) - 15) * NS_PER_DAY
    known = sessions(calendar, start, (int(days.max()) + 3) * NS_PER_DAY)
    row = np.searchsorted(known.day, days, side="right") - 1
    return known.close_ns[row] + (days - known.day[row]) * NS_PER_DAY


def expected_closes(calendar: str, timeframe: str, start_ns: int, end_ns: int) -> Ints:
    """Bar times that a complete series has in ``start_ns <= ts < end_ns``, int64 UTC ns.

    Intraday bars are anchored to the session's open; the last bar of a session ends with it.
    """
    frame = Timeframe(timeframe)
    if frame is Timeframe.D1:
        return sessions(calendar, start_ns, end_ns).close_ns
    if frame is Timeframe.W1:
        wide = sessions(calendar, start_ns, end_ns + 8 * NS_PER_DAY)
        ends: Ints = wide.close_ns[is_week_end(wide)]
        return ends[ends < end_ns]
    wide = sessions(calendar, start_ns, end_ns + 4 * NS_PER_DAY)
    counts = -(-(wide.close_ns - wide.open_ns) // frame.length_ns)
    session = np.repeat(np.arange(len(wide)), counts)
    nth = np.arange(len(session)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    closes = np.minimum(wide.open_ns[session] + nth * frame.length_ns, wide.close_ns[session])
    wanted: Ints = closes[(closes >= start_ns) & (closes < end_ns)]
    return wanted


def week_number(day: Ints) -> Ints:
    """Running number of the Monday-to-Sunday week of each date (days since 1970)."""
    return (day + _THURSDAY) // 7


def is_week_end(span: Sessions) -> Bools:
    """Whether each session is the last of its week; the last one of ``span`` counts as none."""
    week = week_number(span.day)
    ends = np.zeros(len(span), dtype=np.bool_)
    ends[:-1] = week[1:] != week[:-1]
    return ends


def is_open(calendar: str, ts_ns: int) -> bool:
    """Whether a session is running: ``open_ns <= ts_ns < close_ns``."""
    near = sessions(calendar, ts_ns, ts_ns + 8 * NS_PER_DAY)
    return bool(np.any((near.open_ns <= ts_ns) & (ts_ns < near.close_ns)))


def next_close(calendar: str, ts_ns: int) -> int:
    """First close strictly after ``ts_ns``."""
    near = sessions(calendar, ts_ns + 1, ts_ns + 15 * NS_PER_DAY)
    if not len(near):
        message = f"The calendar {calendar} has no session in the 15 days after {iso(ts_ns)}."
        raise NoDataError(message, "Check the calendar's name and the time.")
    return int(near.close_ns[0])


@lru_cache(maxsize=64)
def sessions_of_years(calendar: str, first_year: int, last_year: int) -> Sessions:
    """All sessions dated in these years, built once a process; the arrays are shared and read-only."""
    if calendar in OWN_CALENDARS:
        rows = np.array(OWN_CALENDARS[calendar](first_year, last_year), dtype=np.int64).reshape(-1, 3)
        return _frozen(calendar, rows[:, 0], rows[:, 1], rows[:, 2])
    return _from_library(calendar, first_year, last_year)


def _from_library(calendar: str, first_year: int, last_year: int) -> Sessions:
    import exchange_calendars

    names = exchange_calendars.get_calendar_names(include_aliases=True)
    if calendar not in names:
        message = f"No calendar is called {calendar!r}."
        own = ", ".join(sorted(OWN_CALENDARS))
        raise ConfigError(message, f"Use a name of exchange_calendars such as XNYS, 24/7 or 24/5, or {own}.")
    try:
        found = exchange_calendars.get_calendar(
            calendar, start=f"{first_year}-01-01", end=f"{last_year}-12-31"
        )
    except ValueError as error:
        message = f"The calendar {calendar} does not reach from {first_year} to {last_year}: {error}"
        raise NoDataError(message, "Ask for a span that the calendar covers.") from error
    return _frozen(calendar, found.sessions_nanos // NS_PER_DAY, found.opens_nanos, found.closes_nanos)


def _frozen(calendar: str, day: Ints, opened: Ints, closed: Ints) -> Sessions:
    arrays = [np.ascontiguousarray(values, dtype=np.int64) for values in (day, opened, closed)]
    for values in arrays:
        values.flags.writeable = False  # the same object is handed to everyone
    return Sessions(calendar, *arrays)
