"""Lengths of time in settings: ``3y``, ``1mo``, ``2w``, ``5d``, ``12h``, or ``250b`` for bars."""

import re
from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import ConfigError
from tradewind.core.panel import Ints
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR

_FIXED_NS = {"w": 7 * NS_PER_DAY, "d": NS_PER_DAY, "h": NS_PER_HOUR}
_MONTHS = {"y": 12, "mo": 1}
_UNITS = (*_MONTHS, *_FIXED_NS, "b")


@dataclass(frozen=True)
class Span:
    """``count`` of ``unit``: y, mo (calendar), w, d, h (fixed), or b (bars: distinct times of the data)."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def parse_span(text: str) -> Span:
    """The span that ``text`` writes; ConfigError where it writes none."""
    found = re.fullmatch(r"(\d+)(\w+)", text.strip())
    if found is None or found[2] not in _UNITS:
        message = f"{text!r} is not a length of time."
        raise ConfigError(message, "Write 3y, 1mo, 2w, 5d, 12h, or 250b for bars.")
    return Span(int(found[1]), found[2])


def shifted(ts_ns: int, span: Span, times: Ints, steps: int = 1) -> int:
    """``ts_ns`` moved by ``steps`` spans (back where negative).

    Calendar units keep the day of the month, or take the month's last where it is shorter. Bars move along
    ``times`` (sorted, distinct), starting at the first time not before ``ts_ns``; past either end they go on
    by the mean distance of the times, so that a move there and back returns.
    """
    count = span.count * steps
    if span.unit in _FIXED_NS:
        return ts_ns + count * _FIXED_NS[span.unit]
    if span.unit in _MONTHS:
        return _shift_months(ts_ns, count * _MONTHS[span.unit])
    index = int(np.searchsorted(times, ts_ns)) + count
    last = len(times) - 1
    if 0 <= index <= last:
        return int(times[index])
    mean = (int(times[last]) - int(times[0])) // max(last, 1) or 1
    return int(times[0]) + index * mean if index < 0 else int(times[last]) + (index - last) * mean


def _shift_months(ts_ns: int, months: int) -> int:
    moment = np.datetime64(ts_ns, "ns")
    month = moment.astype("datetime64[M]")
    into = moment - month.astype("datetime64[ns]")
    target = month + np.timedelta64(months, "M")
    start = target.astype("datetime64[ns]")
    after = (target + np.timedelta64(1, "M")).astype("datetime64[ns]")
    day = np.timedelta64(NS_PER_DAY, "ns")
    days = min(into // day, (after - start) // day - 1)
    return int((start + days * day + into % day).astype(np.int64))
