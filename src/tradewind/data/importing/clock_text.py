"""Dates and times in words, taken apart into numbers whose order is settled afterwards."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.panel import Bools, Ints
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from tradewind.data.importing.options import DateOrder

if TYPE_CHECKING:
    import polars as pl

_CLOCK = (
    r"(?:[T ,_-]+(\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?[ -]*([AaPp][Mm])?)?"
    r"[ ]*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_PARTED = r"^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})" + _CLOCK
_SOLID = r"^(\d{4})(\d{2})(\d{2})" + _CLOCK.replace("[T ,_-]+", "[T ,_-]*")
_DAY_MONTH = r"^(\d{1,2})[-/ .]+([A-Za-z]{3,9})[-/ .,]+(\d{4}|\d{2})" + _CLOCK
_MONTH_DAY = r"^([A-Za-z]{3,9})[ .]+(\d{1,2})[ .,]+(\d{4}|\d{2})" + _CLOCK
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: nth for nth, name in enumerate(_MONTH_NAMES, start=1)}
_ORDERS = {DateOrder.YEAR_FIRST: (0, 1, 2), DateOrder.DAY_FIRST: (2, 1, 0), DateOrder.MONTH_FIRST: (2, 0, 1)}


@dataclass(frozen=True)
class ClockText:
    """Three numbers of a date and the clock's reading, (R,); ``bad`` where a cell is nothing of the kind.

    ``order`` is settled where the text itself does it: a year of four digits first, or a month by its name.
    """

    first: Ints
    second: Ints
    third: Ints
    clock_ns: Ints
    offset_ns: Ints | None
    bad: Bools
    order: str
    why: str

    def moments(self, order: str) -> tuple[Ints, Ints | None, Bools]:
        """Readings of the clock as if in UTC, offsets, and which are no dates in that order (R,)."""
        parts = (self.first, self.second, self.third)
        year, month, day = (parts[place] for place in _ORDERS[DateOrder(order)])
        year = np.where(year < 69, year + 2000, np.where(year < 100, year + 1900, year))
        days, wrong = _days(year, month, day)
        bad = self.bad | wrong
        local = np.where(bad, 0, days * NS_PER_DAY + self.clock_ns)
        return local, self.offset_ns, bad


def read_clock_text(word: "pl.Series") -> ClockText:
    """Take the cells apart, by the pattern that fits most of them."""
    fast = _plain_dates(word)
    if fast is not None:
        return fast
    sample = word.drop_nulls().head(200)
    fits = {
        pattern: int(sample.str.contains(pattern).sum())
        for pattern in (_PARTED, _SOLID, _DAY_MONTH, _MONTH_DAY)
    }
    pattern = max(fits, key=lambda one: fits[one])
    found = word.str.extract_groups(pattern).struct.unnest()
    columns = [found.to_series(nth) for nth in range(found.width)]
    if pattern in (_DAY_MONTH, _MONTH_DAY):
        return _named_month(columns, by_day=pattern == _DAY_MONTH)
    first, second, third = (_whole(column) for column in columns[:3])
    long_first = columns[0].str.len_bytes().fill_null(0).to_numpy() == 4
    clock, offset, wrong = _clock(columns[3:])
    bad = columns[0].is_null().to_numpy() | wrong
    year_first = bool(np.mean(long_first[~bad]) > 0.5) if (~bad).any() else True
    third_long = np.isin(columns[2].str.len_bytes().fill_null(0).to_numpy(), (2, 4))
    bad = bad | (long_first != year_first) | (~third_long if not year_first else third > 31)
    order = DateOrder.YEAR_FIRST.value if year_first else ""
    return ClockText(
        first, second, third, clock, offset, bad, order, "the year stands first" if order else ""
    )


def _plain_dates(word: "pl.Series") -> ClockText | None:
    """The commonest writing, 2020-01-31 in every cell, read in one step."""
    import polars as pl

    if not len(word) or word.null_count():
        return None
    dates = word.str.to_date("%Y-%m-%d", strict=False)
    if dates.null_count() or not bool((word.str.len_bytes() == 10).all()):
        return None
    none = np.zeros(len(word), dtype=np.int64)
    year, month, day = (
        part.cast(pl.Int64).to_numpy() for part in (dates.dt.year(), dates.dt.month(), dates.dt.day())
    )
    return ClockText(
        year,
        month,
        day,
        none,
        None,
        np.zeros(len(word), dtype=np.bool_),
        DateOrder.YEAR_FIRST.value,
        "the year stands first",
    )


def _named_month(columns: list["pl.Series"], *, by_day: bool) -> ClockText:
    import polars as pl

    named, day = (columns[1], columns[0]) if by_day else (columns[0], columns[1])
    months = (
        named.str.to_lowercase().str.slice(0, 3).replace_strict(_MONTHS, default=0, return_dtype=pl.Int64)
    )
    clock, offset, wrong = _clock(columns[3:])
    month = months.fill_null(0).to_numpy()
    bad = columns[0].is_null().to_numpy() | (month == 0) | wrong
    why = "the month has its name"
    return ClockText(
        _whole(day), month, _whole(columns[2]), clock, offset, bad, DateOrder.DAY_FIRST.value, why
    )


def _clock(columns: list["pl.Series"]) -> tuple[Ints, Ints | None, Bools]:
    """Nanoseconds since midnight and of the offset from UTC, and which are no times (R,)."""
    hour, minute, second = (_whole(column) for column in columns[:3])
    fraction = _whole(columns[3].str.pad_end(9, "0"))
    half = columns[4].str.to_lowercase()
    twelve = half.is_not_null().to_numpy()
    wrong = (hour > 24) | (minute > 59) | (second > 60) | (twelve & ((hour > 12) | (hour == 0)))
    afternoon = (half == "pm").fill_null(value=False).to_numpy()
    hour = np.where(twelve, hour % 12 + 12 * afternoon, hour)
    clock = hour * NS_PER_HOUR + minute * NS_PER_MINUTE + second * NS_PER_S + fraction
    zones = columns[5]
    if zones.null_count() == len(zones):
        return clock, None, wrong
    # A cell without an offset among cells that have one could be anything.
    wrong = wrong | zones.is_null().to_numpy()
    sign = np.where(zones.str.starts_with("-").fill_null(value=False).to_numpy(), -1, 1)
    digits = zones.str.replace_all(r"\D", "").str.pad_end(4, "0")
    value = _whole(digits)
    return clock, sign * (value // 100 * NS_PER_HOUR + value % 100 * NS_PER_MINUTE), wrong


def _whole(column: "pl.Series") -> Ints:
    import polars as pl

    values: Ints = column.cast(pl.Int64, strict=False).fill_null(0).to_numpy().astype(np.int64)
    return values


def _days(year: Ints, month: Ints, day: Ints) -> tuple[Ints, Bools]:
    """Days since 1970, and which are no dates."""
    safe_month = np.clip(month, 1, 12)
    months = (np.clip(year, 1700, 2261) - 1970) * 12 + safe_month - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - first
    wrong = (safe_month != month) | (day < 1) | (day > length) | (year < 1700) | (year > 2261)
    return first + day - 1, wrong
