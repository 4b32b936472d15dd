"""Returns of days put together by the calendar: months, quarters, years, and the latest stretches.

Days are compounded, so all months of a series multiply up to its whole return. Input is one simple return a
day and the UTC moment in ns at which the day ended; a day that ended at midnight belongs to the day before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats, Ints
from tradewind.validation.periods import utc_day

_EPOCH = date(1970, 1, 1)
_YEAR_DAYS = 365.25

TRAILING = (
    ("month to date", "month", 0),
    ("3 months", "months", 3),
    ("6 months", "months", 6),
    ("year to date", "year", 0),
    ("1 year", "months", 12),
    ("3 years", "months", 36),
    ("5 years", "months", 60),
    ("10 years", "months", 120),
)
"""Latest stretches that people ask for: name, how its start is found, and over how many months."""


@dataclass(frozen=True)
class PeriodReturns:
    """Compounded returns by period (P,), as fractions; ``label`` is the period's first date."""

    label: tuple[date, ...]
    value: Floats


@dataclass(frozen=True)
class Trailing:
    """A latest stretch: its return as a fraction, a year where it is longer than one; NaN if not covered."""

    name: str
    value: float
    annual: bool


def dates_of(ts_ns: Ints) -> list[date]:
    """The day that each moment ends or lies in."""
    return [_EPOCH + timedelta(days=int(day)) for day in utc_day(ts_ns)]


def by_month(ts_ns: Ints, net: Floats) -> PeriodReturns:
    """Return of each month that holds a day."""
    return _grouped(ts_ns, net, lambda day: day.replace(day=1))


def by_quarter(ts_ns: Ints, net: Floats) -> PeriodReturns:
    """Return of each quarter that holds a day."""
    return _grouped(ts_ns, net, lambda day: date(day.year, 3 * ((day.month - 1) // 3) + 1, 1))


def by_year(ts_ns: Ints, net: Floats) -> PeriodReturns:
    """Return of each calendar year that holds a day."""
    return _grouped(ts_ns, net, lambda day: date(day.year, 1, 1))


def trailing_returns(ts_ns: Ints, net: Floats) -> tuple[Trailing, ...]:
    """The stretches of :data:`TRAILING` up to the last day; stretches over a year are given a year.

    One that reaches back before the first day is NaN, but for month and year to date, which then begin with
    it.
    """
    days = dates_of(ts_ns)
    if not days:
        return ()
    end, found = days[-1], []
    logs = np.log1p(np.maximum(net, -1.0 + 1e-12))
    for name, kind, months in TRAILING:
        after = _before(end, kind, months)
        covered = kind != "months" or days[0] <= after + timedelta(days=1)
        grown = float(logs[np.array([day > after for day in days])].sum())
        annual = months > 12
        years = (end - after).days / _YEAR_DAYS
        value = float(np.expm1(grown / years if annual else grown)) if covered else float("nan")
        found.append(Trailing(name, value, annual))
    return tuple(found)


def _before(end: date, kind: str, months: int) -> date:
    """The last date that is not in the stretch."""
    if kind == "month":
        return end.replace(day=1) - timedelta(days=1)
    if kind == "year":
        return date(end.year - 1, 12, 31)
    count = end.year * 12 + end.month - 1 - months
    year, month = divmod(count, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(end.day, (following - timedelta(days=1)).day))


def _grouped(ts_ns: Ints, net: Floats, first: Callable[[date], date]) -> PeriodReturns:
    if len(ts_ns) != len(net):
        message = f"{len(ts_ns)} days do not fit {len(net)} returns."
        raise DataError(message, "Give one moment for each return.")
    grown: dict[date, float] = {}
    for day, value in zip(dates_of(ts_ns), net.tolist(), strict=True):
        label = first(day)
        grown[label] = grown.get(label, 1.0) * (1.0 + value)
    return PeriodReturns(tuple(grown), np.array([value - 1.0 for value in grown.values()], np.float64))
