"""When a universe is chosen anew."""

from datetime import UTC, date, datetime
from typing import Literal

from tradewind.core.timestamps import from_ns, to_ns

Every = Literal["once", "week", "month", "quarter", "year"]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_WEEK_NS = 7 * 86_400_000_000_000
_MONDAY_NS = 4 * 86_400_000_000_000  # 1970-01-05


def choosing_times(every: Every, start_ns: int, end_ns: int) -> list[int]:
    """When a universe is chosen: at the start, then at the first midnight in UTC of each period.

    Weeks begin on Mondays, quarters in January, April, July and October.
    """
    if every == "once":
        return [start_ns]
    if every == "week":
        first = start_ns + (_MONDAY_NS - start_ns) % _WEEK_NS
        return [start_ns, *(ns for ns in range(first, end_ns, _WEEK_NS) if ns > start_ns)]
    step, begin = _MONTHS[every], from_ns(start_ns)
    month = begin.year * 12 + (begin.month - 1) // step * step
    times = []
    while (moment := _midnight(month)) < end_ns:
        if moment > start_ns:
            times.append(moment)
        month += step
    return [start_ns, *times]


def _midnight(month: int) -> int:
    year, nth = divmod(month, 12)
    day = date(year, nth + 1, 1)
    return to_ns(datetime(day.year, day.month, day.day, tzinfo=UTC))
