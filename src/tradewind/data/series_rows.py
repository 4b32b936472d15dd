"""What clients of series share: dates as moments that are never early, plain numbers, the span asked for."""

import re
from datetime import date, datetime, time, timedelta
from math import isfinite
from zoneinfo import ZoneInfo

import numpy as np

from tradewind.core.errors import MalformedPayloadError, NoDataError
from tradewind.core.series import Observations, SeriesRequest
from tradewind.core.timestamps import iso, to_ns

UTC = ZoneInfo("UTC")
_SHOWN = 40
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FIRST, _END = date(1678, 1, 1), date(2262, 1, 1)
"""What nanoseconds of 64 bits can say."""


def read_date(text: str, what: str) -> date:
    """A date as ``2024-03-01``; MalformedPayloadError for anything else, and for one that has no ns."""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not _FIRST <= day < _END:
        message = f"The date of {what} is {text[:_SHOWN]!r}."
        raise MalformedPayloadError(message, "Dates are written 2024-03-01, from 1678 to 2261.")
    return day


def begin_of(day: date) -> int:
    """The midnight in UTC at which a date begins: how periods are named."""
    return to_ns(datetime.combine(day, time(), UTC))


def end_of(day: date, zone: ZoneInfo) -> int:
    """The moment at which a date is over in a zone: what was published on it was out by then."""
    return to_ns(datetime.combine(day + timedelta(days=1), time(), zone))


def read_number(text: str, what: str) -> float:
    """A finite number in plain digits; MalformedPayloadError for ``nan``, ``1_000``, ``1e999``, no text."""
    value = float(text) if _NUMBER.fullmatch(text) else float("nan")
    return require_finite(value, what, text)


def require_finite(value: float, what: str, text: str = "") -> float:
    """The value; MalformedPayloadError where it is none."""
    if not isfinite(value):
        message = f"The value of {what} is {text[:_SHOWN] or value!r}."
        raise MalformedPayloadError(message, "A value is a finite number.")
    return value


def asked_for(found: Observations, request: SeriesRequest, now_ns: int) -> Observations:
    """What is of the span and known by now; NoDataError where that is nothing, with what there is."""
    inside = found.between(request.start_ns, request.end_ns)
    known = inside.take(inside.ts_known <= now_ns)
    if len(known):
        return known
    span = f"from {iso(request.start_ns)} to {iso(request.end_ns)}"
    what = f"{found.source} has nothing of {request.series_id} {span}"
    if len(inside):
        message = f"{what} that is known yet: it is to be known at {iso(int(np.min(inside.ts_known)))}."
    elif len(found):
        first, last = iso(int(found.ts_period[0])), iso(int(found.ts_period[-1]))
        message = f"{what}: its periods begin from {first} to {last}."
    else:
        message = f"{what}."
    raise NoDataError(message, "Ask for another span.")
