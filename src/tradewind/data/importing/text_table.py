"""From the bytes of a text to a table of cells: encoding, delimiter, header, lines."""

import codecs
from collections import Counter
from datetime import datetime

from tradewind.core.errors import BarFileError, UnsettledFileError
from tradewind.data.importing.cells import SERIAL, is_missing, is_moment, is_number
from tradewind.data.importing.contents import Contents
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.table import Table
from tradewind.data.importing.text_rows import LONGEST_LINE, split_lines, text_rows

_DELIMITERS = ("\t", ";", "|", ",")
"""A comma comes last: it may be the decimal sign of a file that another sign divides."""

_SAMPLE_LINES = 60
_DEEPEST_HEADER = 12
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text_table(contents: Contents, options: ImportOptions) -> Table:
    """The cells of a text, as text.

    Raises
    ------
    BarFileError
        It is no text, has no row that begins to look like a bar, or a line without end.
    UnsettledFileError
        No sign divides it into columns.
    """
    data, encoding, notes = _as_utf8(contents, options.encoding)
    sample = _sample(data, contents.file)
    delimiter = options.delimiter or _delimiter(sample, contents.file)
    rows = split_lines(sample, delimiter)
    first = _first_row(rows, options.date_format, contents.file)
    width = _width(rows, first)
    body = text_rows(data, first, delimiter, width, contents.file)
    return Table(
        file=contents.file,
        name=contents.name,
        kind="text",
        header=_header(rows[:first], width),
        frame=body.frame,
        line=body.line,
        unit=body.unit,
        packed=contents.packed,
        encoding=encoding,
        delimiter=delimiter,
        faults=body.faults,
        notes=contents.notes + notes,
    )


def _as_utf8(contents: Contents, asked: str) -> tuple[bytes, str, tuple[str, ...]]:
    """The text in UTF-8 without a mark, its encoding, and what is to be said of that."""
    data = contents.data
    encoding = asked or next((name for mark, name in _BOMS if data.startswith(mark)), "")
    if encoding == "utf-8":
        data = data.removeprefix(codecs.BOM_UTF8)
    if not encoding:
        if b"\0" in data[:65_536]:
            message = f"{contents.file} is not a text and not a Parquet or Feather file."
            raise BarFileError(
                message, "Save it as CSV in UTF-8; UTF-16 needs its byte order mark.", file=contents.file
            )
        encoding = "utf-8"
    notes: tuple[str, ...] = ()
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        if asked or encoding != "utf-8":
            message = f"{contents.file} is not in {encoding}: {error}."
            raise BarFileError(
                message, "Say its encoding (--encoding), or save it as UTF-8.", file=contents.file
            ) from error
        encoding, text = "cp1252", data.decode("cp1252", "replace")
        notes = ("not in UTF-8, so read as Windows-1252",)
    if encoding != "utf-8":
        data = text.encode()
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data, encoding, notes


def _sample(data: bytes, file: str) -> list[str]:
    """The first lines."""
    head = data[:LONGEST_LINE]
    if b"\n" not in head and len(data) > len(head):
        message = f"{file} line 1 is longer than {LONGEST_LINE:,} bytes."
        raise BarFileError(message, "This is no table of bars; check the file.", file=file, line=1)
    lines = head.decode("utf-8", "ignore").split("\n")
    if len(data) > len(head):
        lines = lines[:-1]
    found = lines[:_SAMPLE_LINES]
    if not any(line.strip() for line in found):
        message = f"{file} has no rows."
        raise BarFileError(message, "Fetch or write it again.", file=file)
    return found


def _delimiter(lines: list[str], file: str) -> str:
    """The first sign that divides nearly all lines of the sample into the same number of fields."""
    for sign in _DELIMITERS:
        counts = Counter(len(row) for row in split_lines(lines, sign) if any(row))
        fields, how_many = counts.most_common(1)[0] if counts else (0, 0)
        if fields >= 2 and how_many >= 0.75 * max(sum(counts.values()) - 3, 1):
            return sign
    message = f"No sign divides {file} into columns."
    raise UnsettledFileError(
        message,
        "Say the delimiter (--delimiter), such as ' '; columns of fixed width are not read.",
        file=file,
        option="delimiter",
    )


def _first_row(rows: list[list[str]], date_format: str, file: str) -> int:
    """How many lines come before the first row of figures."""
    first = next((nth for nth, row in enumerate(rows[:_DEEPEST_HEADER]) if _is_bar(row, date_format)), None)
    if first is None:
        line = next(nth for nth, row in enumerate(rows, start=1) if any(row))
        message = f"{file} line {line}: no row has a date and prices ({_shown(rows)})."
        raise BarFileError(message, "Each row needs a date or time, and numbers.", file=file, line=line)
    while first > 1 and _is_bar_without_date(rows[first - 1], rows[first - 2]):
        first -= 1
    return first


def _is_bar_without_date(row: list[str], above: list[str]) -> bool:
    """Whether a line is no second header row but figures whose date cannot be read.

    Names that are all different need no second row to tell them apart.
    """
    cells = [cell for cell in row if cell]
    figures = sum(map(is_number, cells))
    names = [name for name in above if name]
    told_apart = len(names) > 1 and len(set(names)) == len(names) == len(above)
    return told_apart and 2 * figures > len(cells) and len(set(row[1:])) > 1


def _width(rows: list[list[str]], first: int) -> int:
    """Fields of a row: as most of them have; a line with more is a fault, and not a wider table."""
    counts = Counter(len(row) for row in rows[first:] if any(row))
    named = len(rows[first - 1]) if first and sum(map(bool, rows[first - 1])) > 1 else 0
    return max(counts.most_common(1)[0][0], named)


def _header(above: list[list[str]], width: int) -> tuple[tuple[str, ...], ...]:
    """The names that the lines above the first row give to the columns; a line of one cell is a title."""
    filled = [nth for nth, row in enumerate(above) if sum(map(bool, row)) > 1]
    # A title of several cells is shorter than the table; a level of tickers is as wide, with empty cells.
    named = [above[nth] for nth in filled if nth == filled[-1] or len(above[nth]) >= width - 1]
    named += [row for row in above[-1:] if _names_the_index(row, named)]
    padded = [(row + [""] * (width - len(row)))[:width] for row in named]
    return tuple(zip(*padded, strict=True)) if padded else ()


def _names_the_index(row: list[str], named: list[list[str]]) -> bool:
    """The last header row of a frame with several: only its first column has a name."""
    return bool(named) and row not in named and bool(row and row[0]) and sum(map(bool, row)) == 1


def _is_bar(row: list[str], date_format: str) -> bool:
    """Whether a line has a date in one cell and a number in another."""
    dated = [nth for nth, cell in enumerate(row) if is_moment(cell) or _fits(cell, date_format)]
    if not dated and row and SERIAL.fullmatch(row[0]):
        dated = [0]
    rest = [cell for nth, cell in enumerate(row) if nth != (dated[0] if dated else -1)]
    words = sum(not is_number(cell) and not is_moment(cell) and not is_missing(cell) for cell in rest)
    return (
        bool(dated) and any(is_number(cell) or is_missing(cell) for cell in rest) and words <= len(rest) / 2
    )


def _fits(cell: str, date_format: str) -> bool:
    """Whether a cell is a date in the pattern that was said."""
    if not date_format or not cell:
        return False
    try:
        datetime.strptime(cell, date_format)  # noqa: DTZ007 - only whether it fits is asked
    except ValueError:
        return False
    return True


def _shown(rows: list[list[str]]) -> str:
    row = next((row for row in reversed(rows) if any(row)), [])
    return f"the last one seen begins {','.join(row)[:60]!r}"
