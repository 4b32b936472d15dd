"""Dates and times of a column: found, read, and never guessed at where day and month could be swapped."""

from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.errors import BarFileError, UnsettledFileError
from tradewind.core.panel import Ints
from tradewind.data.importing.cells import DIGITS_OF_DAY, EPOCH, SERIAL, is_missing
from tradewind.data.importing.clock_text import read_clock_text
from tradewind.data.importing.date_order import settle_order
from tradewind.data.importing.epochs import epochs_of
from tradewind.data.importing.moment_columns import Moments
from tradewind.data.importing.options import EXCEL, ImportOptions

if TYPE_CHECKING:
    import polars as pl

_SERIAL_EPOCH = 25_569
"""The spreadsheet's number of 1 January 1970."""


def moments_of(
    date: "pl.Series", time: "pl.Series | None", lines: Ints, options: ImportOptions, file: str
) -> Moments:
    """Read a column of dates, or one of dates and one of times.

    Raises
    ------
    UnsettledFileError
        Day and month can be swapped in every row, or the dates are a spreadsheet's numbers.
    BarFileError
        The rows contradict each other about day and month, or no cell is a date.
    """
    import polars as pl

    if date.dtype in (pl.Date, pl.Datetime):
        return _typed(date)
    if date.dtype.is_numeric():
        date = _integers_as_text(date)
    if date.dtype != pl.String:
        message = f"{file}: the column of dates holds {date.dtype}."
        raise BarFileError(message, "Give dates, times, text, or numbers of seconds.", file=file)
    word = date.str.strip_chars()
    if time is not None:
        clock = time if time.dtype == pl.String else time.cast(pl.String)
        word = (
            word.to_frame("d")
            .with_columns(t=clock.str.strip_chars())
            .select(pl.concat_str(["d", "t"], separator=" "))
        ).to_series()
    first = next((text for text in word.drop_nulls().head(50) if not is_missing(text)), "")
    if options.date_format and options.date_format != EXCEL:
        return _by_format(word, options.date_format)
    if EPOCH.fullmatch(first) and not DIGITS_OF_DAY.fullmatch(first):
        return epochs_of(word, lines, file)
    if SERIAL.fullmatch(first):
        return _serials(word, options, lines, file)
    parts = read_clock_text(word)
    order, settled_by = settle_order(parts, options.date_order, lines, file)
    local, offset, bad = parts.moments(order)
    utc = None if offset is None else local - offset
    return Moments(local, utc, bad, order, settled_by)


def _typed(column: "pl.Series") -> Moments:
    import polars as pl

    zone = getattr(column.dtype, "time_zone", None)
    missing = column.is_null().to_numpy()
    plain = (
        column.cast(pl.Datetime("ns", zone)) if column.dtype != pl.Date else column.cast(pl.Datetime("ns"))
    )
    utc = plain.to_physical().fill_null(0).to_numpy().astype(np.int64)
    if zone is None:
        return Moments(utc, None, missing)
    local = plain.dt.replace_time_zone(None).to_physical().fill_null(0).to_numpy().astype(np.int64)
    return Moments(local, utc, missing, notes=(f"times carry the zone {zone}",))


def _integers_as_text(column: "pl.Series") -> "pl.Series":
    import polars as pl

    whole = column.cast(pl.Int64, strict=False) if column.dtype.is_float() else column
    return whole.cast(pl.String)


def _by_format(word: "pl.Series", pattern: str) -> Moments:
    import polars as pl

    aware = "%z" in pattern or "%#z" in pattern or "%:z" in pattern
    as_date = not any(sign in pattern for sign in ("%H", "%I", "%M", "%S", "%T", "%R", "%p"))
    try:
        if as_date:
            found = word.str.to_date(pattern, strict=False).cast(pl.Datetime("ns"))
        else:
            kind = pl.Datetime("ns", "UTC") if aware else pl.Datetime("ns")
            found = word.str.strptime(kind, pattern, strict=False)
    except pl.exceptions.PolarsError as error:
        message = f"The date format {pattern!r} cannot be used: {str(error).partition(chr(10))[0]}"
        raise UnsettledFileError(
            message, "Use strptime's signs, such as %d/%m/%Y.", file="", option="date_format"
        ) from error
    local = found.to_physical().fill_null(0).to_numpy().astype(np.int64)
    return Moments(
        local, local.copy() if aware else None, found.is_null().to_numpy(), pattern, "the option date_format"
    )


def _serials(word: "pl.Series", options: ImportOptions, lines: Ints, file: str) -> Moments:
    import polars as pl

    if options.date_format != EXCEL:
        shown = word.drop_nulls()[0]
        day = np.datetime64(int(float(shown)) - _SERIAL_EPOCH, "D")
        message = f"{file} line {int(lines[0])}: the date {shown} is a spreadsheet's number, perhaps {day}."
        raise UnsettledFileError(
            message,
            "Say the date_format excel (--date-format excel), or save the column as dates.",
            file=file,
            option="date_format",
            line=int(lines[0]),
        )
    days = word.cast(pl.Float64, strict=False)
    bad = days.is_null().to_numpy()
    # A second is the finest that such a number holds exactly.
    seconds = np.rint((days.fill_null(_SERIAL_EPOCH).to_numpy() - _SERIAL_EPOCH) * 86_400.0)
    return Moments(seconds.astype(np.int64) * 1_000_000_000, None, bad, EXCEL, "the option date_format")
