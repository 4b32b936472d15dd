"""When one market trades: its trading days as a small table that is made at the edge and recorded.

One row a trading day, so holidays, early closes, lunch breaks and changes of the clocks are facts in the
table and not rules in the code. Breakers, the venue and the bars of a session all ask the same table, and a
replay asks the one that was recorded. A moment that the table does not cover is an error, never a guess.

Words: a *trading day* is an exchange's day, dated by its exchange (days since 1970); a *span* is trading
without a pause, so a day with a lunch break has two and a currency's week is one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from itertools import chain, groupby, pairwise
from typing import NamedTuple

import msgspec

from tradewind.core.errors import ConfigError, OutsideCalendarError
from tradewind.core.market import Timeframe
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE, iso

ROUND_THE_CLOCK = "24/7"
FOREVER_NS = 2**63 - 1
DAYS_PER_YEAR = 365.25

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class _Table(NamedTuple):
    """The rows written out, UTC ns, rising."""

    days: tuple[int, ...]
    opens: tuple[int, ...]
    """First open of each trading day; ``closes`` are the last closes."""
    closes: tuple[int, ...]
    starts: tuple[int, ...]
    """Where trading begins or goes on after a break, trading day by trading day."""
    span_opens: tuple[int, ...]
    """Spans of trading without a pause; days that follow each other at once are one span."""
    span_closes: tuple[int, ...]
    boundaries: tuple[int, ...]


class TradingCalendar(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The trading days of one calendar from the first to the last of its table.

    ``24/7`` needs no table and has no end. Any other moment before the first open or after the last close
    raises :class:`~tradewind.core.errors.OutsideCalendarError`. Make one with :func:`calendar_of_days`.
    """

    name: str
    first_day: int = 0
    """Date of the table's first trading day, days since 1970."""
    days: bytes = b""
    """One bit a date from ``first_day`` on, lowest first: whether it is a trading day."""
    hours: tuple[tuple[int, ...], ...] = ()
    """Run-length coded hours of the trading days in turn: ``(count, open, close)``, with a break
    ``(count, open, break begins, break ends, close)``, in minutes from the date's midnight UTC."""

    def __post_init__(self) -> None:
        if self.always_open:
            return
        count = sum(byte.bit_count() for byte in self.days)
        if not count or not self.days[0] & 1 or count != sum(run[0] for run in self.hours if run):
            raise self._broken("its days and its hours do not match")
        for run in self.hours:
            if len(run) % 2 == 0 or len(run) < 3 or any(b <= a for a, b in pairwise(run[1:])):
                what = f"the hours {run} are not times in their order"
                raise self._broken(what)

    @property
    def always_open(self) -> bool:
        """Whether this is the rule *24/7*, which has UTC days and no pause."""
        return self.name == ROUND_THE_CLOCK

    @property
    def span_ns(self) -> tuple[int, int]:
        """``(first, last)`` moment that the table answers for, both in."""
        if self.always_open:
            return -FOREVER_NS, FOREVER_NS
        return self._table.opens[0], self._table.closes[-1]

    def is_open(self, ts_ns: int) -> bool:
        """Whether trading goes on at ``ts_ns``: the open is in, the close and breaks are out."""
        return ts_ns < self.trading_span(ts_ns)[1]

    def trading_span(self, ts_ns: int) -> tuple[int, int]:
        """``(open, close)`` of the span that goes on at ``ts_ns`` or was the last before it."""
        if self.always_open:
            return -FOREVER_NS, FOREVER_NS
        table = self._table
        at = bisect_right(table.span_opens, ts_ns) - 1
        if at < 0 or ts_ns > table.closes[-1]:
            raise self._outside(ts_ns)
        return table.span_opens[at], table.span_closes[at]

    def trading_day(self, ts_ns: int) -> int:
        """Number (days since 1970) of the trading day that holds or ends with ``ts_ns``, or was the last.

        Where one day follows another at once (currencies at 17:00 in New York) that moment belongs to the
        day that ends, since a bar stamped by its close does.
        """
        if self.always_open:
            return (ts_ns - 1) // NS_PER_DAY
        return self._table.days[self._row(ts_ns)]

    def session_bounds(self, ts_ns: int) -> tuple[int, int]:
        """``(open, close)`` of that trading day; a lunch break lies inside."""
        if self.always_open:
            day = self.trading_day(ts_ns)
            return day * NS_PER_DAY, (day + 1) * NS_PER_DAY
        row = self._row(ts_ns)
        return self._table.opens[row], self._table.closes[row]

    def next_open(self, ts_ns: int) -> int:
        """First moment after ``ts_ns`` at which a trading day begins or goes on after a break."""
        if self.always_open:
            return (ts_ns // NS_PER_DAY + 1) * NS_PER_DAY
        starts = self._table.starts
        at = bisect_right(starts, ts_ns)
        if at == len(starts) or ts_ns < starts[0]:
            raise self._outside(ts_ns, "the next open after ")
        return starts[at]

    def next_boundary(self, ts_ns: int) -> int:
        """First moment after ``ts_ns`` at which an answer could be another one; the table's end is one."""
        if self.always_open:
            return ts_ns + 1 if ts_ns % NS_PER_DAY == 0 else (ts_ns // NS_PER_DAY + 1) * NS_PER_DAY
        self._row(ts_ns)
        boundaries = self._table.boundaries
        found = boundaries[bisect_left(boundaries, ts_ns)]
        return ts_ns + 1 if found == ts_ns else found  # what a close ends, ends just after it

    @cached_property
    def sessions_per_year(self) -> float:
        """Trading days a year: the mean of the whole calendar years in the table, else of what there is."""
        if self.always_open:
            return DAYS_PER_YEAR
        days = self._table.days
        first, last = _date(days[0]).year, _date(days[-1]).year
        begin, end = _january(first + 1), _january(last)
        if begin < end:
            count = bisect_left(days, end) - bisect_left(days, begin)
            return count / (last - first - 1)
        if len(days) < 2:
            message = f"The calendar {self.name} holds one trading day, from which no year can be counted."
            raise OutsideCalendarError(message, "Make the table for a longer span.")
        return (len(days) - 1) / (days[-1] - days[0]) * DAYS_PER_YEAR

    def bars_per_year(self, timeframe: str) -> float:
        """Bars of ``timeframe`` that a complete series has a year; intraday ones start at each day's open.

        The last bar of a day may be short, and one that lies wholly in a break does not exist.
        """
        frame = Timeframe(timeframe)
        if frame is Timeframe.W1:
            return DAYS_PER_YEAR / 7
        if frame is Timeframe.D1:
            return self.sessions_per_year
        if self.always_open:
            return DAYS_PER_YEAR * NS_PER_DAY / frame.length_ns
        length = frame.length_ns // NS_PER_MINUTE
        bars = sum(count * _bars_a_day(length, times) for count, *times in self.hours)
        return self.sessions_per_year * bars / len(self._table.days)

    def bars_between(self, start_ns: int, end_ns: int, timeframe: str) -> float:
        """How many bars of ``timeframe`` trading has gone on for from one moment to a later one.

        Daily bars are trading days; shorter ones count from each day's open, a lunch break as trading.
        """
        frame = Timeframe(timeframe)
        if self.always_open:
            return (end_ns - start_ns) / frame.length_ns
        rows = self._row(end_ns) - self._row(start_ns)
        if frame is Timeframe.W1:
            return (end_ns - start_ns) / frame.length_ns
        if frame is Timeframe.D1:
            return float(rows)
        into = [ts - self.session_bounds(ts)[0] for ts in (start_ns, end_ns)]
        bars_a_day = self.bars_per_year(timeframe) / self.sessions_per_year if rows else 0.0
        return rows * bars_a_day + (into[1] - into[0]) / frame.length_ns

    @cached_property
    def _table(self) -> _Table:
        return _written_out(self)

    def _row(self, ts_ns: int) -> int:
        """Row of the trading day that holds or ends with ``ts_ns``, or was the last before it."""
        opens, closes = self._table.opens, self._table.closes
        row = bisect_right(opens, ts_ns) - 1
        if row < 0 or ts_ns > closes[-1]:
            raise self._outside(ts_ns)
        return row - 1 if row and closes[row - 1] == ts_ns else row

    def _outside(self, ts_ns: int, what: str = "") -> OutsideCalendarError:
        first, last = self.span_ns
        span = f"{iso(first)} to {iso(last)}"
        message = f"The calendar {self.name} was made for {span}; {what}{iso(ts_ns)} is outside."
        return OutsideCalendarError(message, "Make the calendar's table for the whole span of the data.")

    def _broken(self, what: str) -> ConfigError:
        message = f"The table of the calendar {self.name!r} is no calendar: {what}."
        return ConfigError(message, "Make it with trading_calendar() of tradewind.data.calendars.")


ALWAYS_OPEN = TradingCalendar(name=ROUND_THE_CLOCK)


def calendar_of_days(name: str, trading_days: Iterable[tuple[int, tuple[int, ...]]]) -> TradingCalendar:
    """The table of trading days, oldest first.

    Each is ``(date as days since 1970, (open, close))`` or with a break ``(open, break begins, break ends,
    close)``, in UTC ns on whole minutes.

    Raises
    ------
    ConfigError
        There is no day, or days or hours are not in order.
    """
    rows = list(trading_days)
    if not rows or any(b[0] <= a[0] or b[1][0] < a[1][-1] for a, b in pairwise(rows)):
        message = f"The trading days of the calendar {name!r} are none, or not in order."
        raise ConfigError(
            message, "Give each trading day once, oldest first, none before the last has closed."
        )
    first = rows[0][0]
    bits = bytearray((rows[-1][0] - first) // 8 + 1)
    minutes = []
    for day, times in rows:
        bits[(day - first) // 8] |= 1 << (day - first) % 8
        minutes.append(tuple((ts - day * NS_PER_DAY) // NS_PER_MINUTE for ts in times))
    runs = tuple((len(list(same)), *times) for times, same in groupby(minutes))
    return TradingCalendar(name=name, first_day=first, days=bytes(bits), hours=runs)


def account_day(ts_ns: int) -> int:
    """Number of the account's day that holds or ends with ``ts_ns``: the UTC day, midnight to the day before.

    A coin's daily bar closes at midnight and is so counted on the day on which it was traded.
    """
    return (ts_ns - 1) // NS_PER_DAY


def calendar_for(name: str, calendars: Mapping[str, TradingCalendar]) -> TradingCalendar:
    """The table of a calendar; ``24/7`` needs none. ConfigError names one that is missing."""
    if name == ROUND_THE_CLOCK:
        return ALWAYS_OPEN
    if name not in calendars:
        message = f"There is no table of the calendar {name!r}."
        known = ", ".join(sorted(calendars)) or "none"
        raise ConfigError(
            message, f"Make one with trading_calendar() of tradewind.data.calendars; given: {known}."
        )
    return calendars[name]


def _written_out(calendar: TradingCalendar) -> _Table:
    days = tuple(
        calendar.first_day + 8 * nth + bit
        for nth, byte in enumerate(calendar.days)
        for bit in range(8)
        if byte >> bit & 1
    )
    hours = chain.from_iterable([run[1:]] * run[0] for run in calendar.hours)
    times = [
        tuple(day * NS_PER_DAY + minute * NS_PER_MINUTE for minute in minutes)
        for day, minutes in zip(days, hours, strict=True)
    ]
    starts = [ts for row in times for ts in row[::2]]
    ends = [ts for row in times for ts in row[1::2]]
    pauses = [nth for nth in range(1, len(starts)) if starts[nth] != ends[nth - 1]]
    return _Table(
        days=days,
        opens=tuple(row[0] for row in times),
        closes=tuple(row[-1] for row in times),
        starts=tuple(starts),
        span_opens=tuple(starts[nth] for nth in (0, *pauses)),
        span_closes=tuple(ends[nth - 1] for nth in (*pauses, len(ends))),
        boundaries=tuple(sorted({*starts, *ends})),
    )


def _bars_a_day(length: int, times: list[int]) -> int:
    """Bars of ``length`` minutes from the open on in which there is any trading."""
    bars: set[int] = set()
    for begin, end in zip(times[::2], times[1::2], strict=True):
        bars.update(range((begin - times[0]) // length, -(-(end - times[0]) // length)))
    return len(bars)


def _date(day: int) -> date:
    return date.fromordinal(day + _EPOCH_ORDINAL)


def _january(year: int) -> int:
    """Day number of 1 January."""
    return date(year, 1, 1).toordinal() - _EPOCH_ORDINAL
