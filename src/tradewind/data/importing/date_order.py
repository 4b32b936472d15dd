"""Whether the day or the month stands first: told by rows in which only one can be, else asked for."""

import numpy as np

from tradewind.core.errors import BarFileError, UnsettledFileError
from tradewind.core.panel import Bools, Ints
from tradewind.data.importing.clock_text import ClockText
from tradewind.data.importing.options import DateOrder


def settle_order(parts: ClockText, asked: str, lines: Ints, file: str) -> tuple[str, str]:
    """The order of the file's dates, and what settled it.

    Raises
    ------
    UnsettledFileError
        No row has a number above 12 in one of the two places, so that each date can be two.
    BarFileError
        Rows contradict each other, or what was said.
    """
    if parts.order:
        return parts.order, parts.why
    day_first, month_first = _rows_that_tell(parts)
    day_row, month_row = _first(day_first), _first(month_first)
    if asked in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST):
        against = month_row if asked == DateOrder.DAY_FIRST else day_row
        if against >= 0:
            line = int(lines[against])
            message = (
                f"{file} line {line}: {_shown(parts, against)} is no date with the {asked.replace('-', ' ')}."
            )
            raise BarFileError(message, "Say the other order, or repair the row.", file=file, line=line)
        return asked, "the option date_order"
    if day_row >= 0 and month_row >= 0:
        line = int(lines[max(day_row, month_row)])
        message = (
            f"{file} line {line}: {_shown(parts, day_row)} (line {int(lines[day_row])}) has the day first, "
            f"{_shown(parts, month_row)} (line {int(lines[month_row])}) the month."
        )
        raise BarFileError(message, "Write all dates in one order.", file=file, line=line)
    if day_row >= 0:
        return DateOrder.DAY_FIRST.value, _because(parts, day_first, lines)
    if month_row >= 0:
        return DateOrder.MONTH_FIRST.value, _because(parts, month_first, lines)
    if parts.bad.all():
        line = int(lines[0]) if len(lines) else 0
        message = f"{file} line {line}: no row has a date that can be read."
        raise BarFileError(message, "Say its date_format, such as %d/%m/%Y.", file=file, line=line)
    row = _first(~parts.bad)
    message = f"{file}: {_shown(parts, row)} can be two dates, and no row tells whether the day stands first."
    raise UnsettledFileError(
        message,
        "Say the date_order: day-first or month-first (--day-first, --month-first).",
        file=file,
        option="date_order",
        line=int(lines[row]),
    )


def _rows_that_tell(parts: ClockText) -> tuple[Bools, Bools]:
    sound = ~parts.bad
    can_be_day = (parts.first > 12) & (parts.first <= 31) & (parts.second <= 12)
    can_be_month = (parts.second > 12) & (parts.second <= 31) & (parts.first <= 12)
    return sound & can_be_day, sound & can_be_month


def _because(parts: ClockText, rows: Bools, lines: Ints) -> str:
    count, row = int(rows.sum()), _first(rows)
    said = f"{count} of {len(rows)} rows can be read in no other way"
    return f"{said}, first line {int(lines[row])}: {_shown(parts, row)}"


def _first(rows: Bools) -> int:
    return int(np.argmax(rows)) if rows.any() else -1


def _shown(parts: ClockText, row: int) -> str:
    return f"{parts.first[row]:02d}/{parts.second[row]:02d}/{parts.third[row]:02d}"
