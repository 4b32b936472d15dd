"""When a row could first be known: from its source's own stamp to its bar's close in UTC.

A date becomes the close of that trading day, early closes counted; a week the close of its last trading day.
Within a day most sources stamp the open, so a bar's length is added, up to the session's close.
"""

import numpy as np

from tradewind.core.market import Timeframe
from tradewind.core.panel import Ints
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.trading_calendar import ROUND_THE_CLOCK
from tradewind.data.calendars import stamp_days, trading_days, week_number
from tradewind.data.importing.options import Stamped

_SUNDAY = 6


def stamp_rows(
    local_ns: Ints, utc_ns: Ints | None, frame: Timeframe, stamped: Stamped, calendar: str
) -> Ints:
    """UTC ns of each row's close, (R,).

    Days and weeks need a ``calendar``; bars within a day need ``utc_ns``, and without a calendar the last
    bar of a session has its nominal length.
    """
    if frame is Timeframe.D1 and calendar == ROUND_THE_CLOCK:
        ended = utc_ns is not None and stamped is Stamped.CLOSE  # a midnight ends the day before it
        return ((local_ns - ended) // NS_PER_DAY + 1) * NS_PER_DAY
    if frame is Timeframe.D1:
        return stamp_days(calendar, _trading_dates(local_ns, utc_ns, stamped, calendar))
    if frame is Timeframe.W1:
        return _week_closes(_trading_dates(local_ns, None, stamped, calendar), stamped, calendar)
    moments = local_ns if utc_ns is None else utc_ns
    if stamped is Stamped.CLOSE:
        return moments
    nominal = moments + frame.length_ns
    if calendar in ("", ROUND_THE_CLOCK) or not len(moments):
        return nominal
    known = trading_days(calendar, int(moments.min()) - NS_PER_DAY, int(nominal.max()) + 4 * NS_PER_DAY)
    inside = known.find(moments + 1)
    if not len(known):
        return nominal
    close = np.where(inside >= 0, known.close_ns[np.maximum(inside, 0)], nominal)
    return np.minimum(nominal, close)


def _trading_dates(local_ns: Ints, utc_ns: Ints | None, stamped: Stamped, calendar: str) -> Ints:
    """Date of each row's trading day: that in whose session the moment lies, else that of the clock."""
    dates = local_ns // NS_PER_DAY
    if utc_ns is None or not np.any(local_ns % NS_PER_DAY):
        return dates
    known = trading_days(calendar, int(utc_ns.min()) - 5 * NS_PER_DAY, int(utc_ns.max()) + 5 * NS_PER_DAY)
    inside = known.find(utc_ns + (stamped is Stamped.OPEN))
    return np.where(inside >= 0, known.day[np.maximum(inside, 0)] if len(known) else dates, dates)


def _week_closes(dates: Ints, stamped: Stamped, calendar: str) -> Ints:
    if stamped is Stamped.OPEN:  # a week that is dated by the Sunday on which it begins
        dates = dates + (((dates + 3) % 7) == _SUNDAY)
    known = trading_days(calendar, (int(dates.min()) - 20) * NS_PER_DAY, (int(dates.max()) + 20) * NS_PER_DAY)
    week = week_number(dates)
    last = np.searchsorted(week_number(known.day), week, side="right") - 1
    traded = (last >= 0) & (week_number(known.day[np.maximum(last, 0)]) == week)
    return np.where(traded, known.close_ns[np.maximum(last, 0)], stamp_days(calendar, dates))
