"""Trading days and opening hours by arithmetic alone, since the loop may not read a calendar file.

Daylight saving follows the United States rule in force since 2007 (second Sunday of March to first Sunday
of November, Energy Policy Act of 2005), so moments before 2007 can be an hour off around those weeks.
Exchange holidays are handed in by whoever has a calendar library.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from tradewind.core.instruments import Instrument, class_group
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, from_ns

_SUNDAY, _FRIDAY, _SATURDAY = 6, 4, 5
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_FX_ROLL_HOUR = 17


def weekday(day: int) -> int:
    """Day of the week of a UTC day number, Monday is 0."""
    return (day + _EPOCH_WEEKDAY) % 7


@lru_cache(maxsize=64)
def _daylight_days(year: int) -> tuple[int, int]:
    """UTC day numbers on which New York's daylight saving begins and ends."""
    march = date(year, 3, 1).toordinal() - _EPOCH_ORDINAL
    november = date(year, 11, 1).toordinal() - _EPOCH_ORDINAL
    begin = march + (_SUNDAY - weekday(march)) % 7 + 7
    end = november + (_SUNDAY - weekday(november)) % 7
    return begin, end


@lru_cache(maxsize=4096)
def _new_york_offset_ns(hour_of_epoch: int) -> int:
    ts_ns = hour_of_epoch * NS_PER_HOUR
    begin, end = _daylight_days(from_ns(ts_ns).year)
    # Clocks change at 02:00 local time: 07:00 UTC in March, 06:00 UTC in November.
    summer = begin * NS_PER_DAY + 7 * NS_PER_HOUR <= ts_ns < end * NS_PER_DAY + 6 * NS_PER_HOUR
    return -4 * NS_PER_HOUR if summer else -5 * NS_PER_HOUR


def new_york_offset_ns(ts_ns: int) -> int:
    """What to add to UTC to get New York's local time."""
    return _new_york_offset_ns(ts_ns // NS_PER_HOUR)


def trading_day(group: str, ts_ns: int) -> int:
    """Number of the trading day that ``ts_ns`` lies in; it only rises when a new trading day begins.

    Crypto goes by UTC days. Stocks go by New York's days and FX by days that begin at 17:00 in New York;
    for both a weekend still belongs to the Friday before it.
    """
    if group == "crypto":
        return ts_ns // NS_PER_DAY
    local = ts_ns + new_york_offset_ns(ts_ns)
    if group == "fx":
        local += (24 - _FX_ROLL_HOUR) * NS_PER_HOUR
    day = local // NS_PER_DAY
    return day - max(weekday(day) - _FRIDAY, 0)


class MarketHours:
    """When each instrument's market is open. ``holidays`` are UTC day numbers by calendar name.

    Known are ``24/7``, ``24/5`` (Sunday 17:00 to Friday 17:00 New York) and exchanges with New York's hours
    (09:30 to 16:00); any other calendar is taken to be open on weekdays, so that a gauge is asked for
    rather too often than too seldom.
    """

    def __init__(
        self, instruments: Mapping[str, Instrument], holidays: Mapping[str, frozenset[int]] | None = None
    ) -> None:
        self.instruments = instruments
        self._holidays = dict(holidays or {})
        self.groups: dict[str, list[str]] = {}
        """Instruments that can be traded, by class group."""
        self._calendars: dict[str, set[str]] = {}
        for instrument_id, instrument in sorted(instruments.items()):
            if not instrument.tradable:
                continue
            group = class_group(instrument.asset_class)
            self.groups.setdefault(group, []).append(instrument_id)
            self._calendars.setdefault(group, set()).add(instrument.calendar)
        self._spans: dict[str, tuple[int, int, int, int]] = {}

    def group_open(self, group: str, ts_ns: int) -> bool:
        """Whether any market of the class group is open."""
        return any(self.calendar_open(calendar, ts_ns) for calendar in self._calendars.get(group, ()))

    def calendar_open(self, calendar: str, ts_ns: int) -> bool:
        """Whether the calendar is open; its closing moment still is, since daily bars come then."""
        open_ns, close_ns = self.session(calendar, ts_ns)
        return open_ns <= ts_ns <= close_ns

    def session(self, calendar: str, ts_ns: int) -> tuple[int, int]:
        """``(open, close)`` in ns of the session of the local day around ``ts_ns``; ``(1, 0)`` if none."""
        start, stop, open_ns, close_ns = self._spans.get(calendar, (0, 0, 1, 0))
        if not start <= ts_ns < stop:
            start, stop, open_ns, close_ns = self._find_session(calendar, ts_ns)
            self._spans[calendar] = (start, stop, open_ns, close_ns)
        return open_ns, close_ns

    def _find_session(self, calendar: str, ts_ns: int) -> tuple[int, int, int, int]:
        """``(valid from, valid until, open, close)``."""
        if calendar == "24/7":
            day = ts_ns // NS_PER_DAY * NS_PER_DAY
            return day, day + NS_PER_DAY, day, day + NS_PER_DAY
        offset = new_york_offset_ns(ts_ns)
        hour_end = (ts_ns // NS_PER_HOUR + 1) * NS_PER_HOUR
        day = (ts_ns + offset) // NS_PER_DAY
        midnight = day * NS_PER_DAY - offset
        start = ts_ns // NS_PER_HOUR * NS_PER_HOUR
        stop = min(hour_end, midnight + NS_PER_DAY)
        if day in self._holidays.get(calendar, frozenset()):
            return start, stop, 1, 0
        open_ns, close_ns = _local_span(calendar, weekday(day))
        if close_ns < open_ns:
            return start, stop, 1, 0
        return start, stop, midnight + open_ns, midnight + close_ns


def _local_span(calendar: str, day_of_week: int) -> tuple[int, int]:
    """Open and close in ns after local midnight; ``(1, 0)`` for a day without a session."""
    if calendar == "24/5":
        roll = _FX_ROLL_HOUR * NS_PER_HOUR
        if day_of_week == _SATURDAY:
            return 1, 0
        return (roll if day_of_week == _SUNDAY else 0), (roll if day_of_week == _FRIDAY else NS_PER_DAY)
    if day_of_week > _FRIDAY:
        return 1, 0
    if calendar in ("XNYS", "XNAS", "NYSE", "NASDAQ"):
        return 9 * NS_PER_HOUR + 30 * NS_PER_MINUTE, 16 * NS_PER_HOUR
    return 0, NS_PER_DAY
