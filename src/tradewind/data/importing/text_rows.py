"""Rows of a text as columns of text, each with its line; lines that do not fit are named, none is lost."""

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.errors import BarFileError
from tradewind.core.panel import Ints

if TYPE_CHECKING:
    import polars as pl

LONGEST_LINE = 1_000_000


@dataclass(frozen=True)
class TextRows:
    """Rows (R,) that have anything in them; ``faults`` are lines that are no rows."""

    frame: "pl.DataFrame"
    line: Ints
    unit: str
    faults: tuple[tuple[int, str], ...]


def text_rows(data: bytes, skip: int, delimiter: str, width: int, file: str) -> TextRows:
    """Rows of a UTF-8 text below its first ``skip`` lines, ``width`` columns of them.

    Raises
    ------
    BarFileError
        It cannot be divided into rows.
    """
    body = _below(data, skip)
    frame, faults = _frame(body, delimiter, width, file, skip + 1)
    lines = np.arange(skip + 1, skip + 1 + _count_lines(body), dtype=np.int64)
    if faults:
        lines = np.setdiff1d(lines, [line for line, _ in faults])
    unit = "line"
    if len(lines) != frame.height:  # a quoted cell goes over several lines
        unit, lines = "row", np.arange(1, frame.height + 1, dtype=np.int64)
    filled = _filled(frame)
    if not filled.all():
        frame, lines = frame.filter(filled), lines[filled.to_numpy()]
    return TextRows(frame, lines, unit, faults)


def split_lines(lines: list[str], delimiter: str) -> list[list[str]]:
    """Cells of lines, quotes heeded where they are in order."""
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return [[cell.strip() for cell in line.split(delimiter)] for line in lines]


def _below(data: bytes, lines: int) -> bytes:
    start = 0
    for _ in range(lines):
        start = data.index(b"\n", start) + 1
    return data[start:] if start else data


def _frame(
    data: bytes, delimiter: str, width: int, file: str, first_line: int
) -> tuple["pl.DataFrame", tuple[tuple[int, str], ...]]:
    import polars as pl

    try:
        return _parse(data, delimiter, width), ()
    except pl.exceptions.PolarsError:
        kept, faults = _fitting(data, delimiter, width, first_line)
    try:
        return _parse(kept, delimiter, width), faults
    except pl.exceptions.PolarsError as error:
        message = f"{file} cannot be read as a table: {str(error).partition(chr(10))[0]}."
        raise BarFileError(message, "Check its delimiter and its quotes.", file=file) from error


def _fitting(
    data: bytes, delimiter: str, width: int, first_line: int
) -> tuple[bytes, tuple[tuple[int, str], ...]]:
    """The lines that can be rows, and what is wrong with the others."""
    kept: list[bytes] = []
    faults: list[tuple[int, str]] = []
    for nth, line in enumerate(data.split(b"\n"), start=first_line):
        text = line.decode("utf-8", "replace")
        fields = len(split_lines([text], delimiter)[0]) if text else 0
        if len(text) > LONGEST_LINE:
            faults.append((nth, f"the line is longer than {LONGEST_LINE:,} signs"))
        elif text.count('"') % 2:
            faults.append((nth, "a quote is not closed"))
        elif fields > width:
            faults.append((nth, f"there are {fields} fields instead of {width}"))
        else:
            kept.append(line)
    return b"\n".join(kept), tuple(faults)


def _parse(data: bytes, delimiter: str, width: int) -> "pl.DataFrame":
    import polars as pl

    return pl.read_csv(
        io.BytesIO(data),
        has_header=False,
        schema={str(nth): pl.String for nth in range(width)},
        separator=delimiter,
        missing_columns="insert",
    )


def _count_lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n"))


def _filled(frame: "pl.DataFrame") -> "pl.Series":
    import polars as pl

    any_text = pl.any_horizontal(pl.all().str.strip_chars().str.len_bytes().fill_null(0) > 0)
    return frame.select(any_text.alias("filled")).to_series()
