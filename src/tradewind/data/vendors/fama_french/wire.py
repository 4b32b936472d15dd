"""A file of Kenneth French's library: a zip with one CSV, read and checked.

Source: Data Library, files ``..._CSV.zip``: some lines of text, a line of names that begins with a comma,
rows of a date without signs (``20240131``, of months ``202401``) and percents, then an empty line; files of
months have the years below. -99.99 and -999 say that there is nothing.
"""

import struct
import zlib
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.data.series_rows import read_date, read_number

MISSING = (-99.99, -999.0)
_BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, LookupError, ValueError, RuntimeError, OSError)
"""What the standard library raises at a zip file that was damaged, cut or packed in another way."""

_LARGEST = 64 << 20
"""Bytes of the longest file that is unpacked; theirs have some megabytes."""


def decode_factor(body: bytes, column: str, digits: int) -> list[tuple[date, float]]:
    """The first table's column by date, of months their first day; ``digits`` are 8 of days, 6 of months.

    Raises
    ------
    MalformedPayloadError
        It is no such file, its dates are of another length, do not rise or come twice, or a value is none.
    UnknownSymbolError
        The table has no such column.
    """
    lines = iter(_unpacked(body).splitlines())
    header = next((line for line in lines if line.startswith(",")), None)
    if header is None:
        message = "There is no line of names in it."
        raise MalformedPayloadError(message)
    names = [name.strip() for name in header.split(",")]
    if column not in names[1:]:
        message = f"The file has no factor {column!r}."
        raise UnknownSymbolError(message, f"It has {', '.join(names[1:])}.")
    found: list[tuple[date, float]] = []
    for day, cells in _table(lines, digits):
        if len(cells) != len(names):
            message = f"The row of {day} has {len(cells)} columns, and there are {len(names)} names."
            raise MalformedPayloadError(message)
        if found and day <= found[-1][0]:
            message = f"The row of {day} comes after that of {found[-1][0]}."
            raise MalformedPayloadError(message)
        found.append((day, read_number(cells[names.index(column)], f"{column} of {day}")))
    if not found:
        message = f"There are no rows with dates of {digits} digits in it."
        raise MalformedPayloadError(message)
    return [(day, value) for day, value in found if value not in MISSING]


def _table(lines: Iterator[str], digits: int) -> Iterator[tuple[date, list[str]]]:
    """Rows up to the first line that is none."""
    for line in lines:
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells[0]) != digits or not cells[0].isdecimal():
            return
        text = cells[0].ljust(8, "0")
        month = text[4:6]
        yield read_date(f"{text[:4]}-{month}-{text[6:] if digits == 8 else '01'}", cells[0]), cells


def _unpacked(body: bytes) -> str:
    try:
        with ZipFile(BytesIO(body)) as packed:
            names = [one for one in packed.infolist() if one.filename.lower().endswith(".csv")]
            if len(names) != 1 or names[0].file_size > _LARGEST:
                held = [f"{one.filename} ({one.file_size} bytes)" for one in packed.infolist()]
                message = f"It should hold one CSV file, and holds {', '.join(held[:3]) or 'nothing'}."
                raise MalformedPayloadError(message)
            with packed.open(names[0]) as file:
                text = file.read(_LARGEST + 1)
    except _BROKEN as error:
        message = f"It is no zip file that can be unpacked: {error}"
        raise MalformedPayloadError(message) from error
    return text.decode("latin-1")
