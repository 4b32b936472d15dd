"""Arrow to a server and back: in the binary form of COPY where all columns are numbers, else value by value.

The binary form is 19 bytes of header, for each row the number of its fields (2 bytes) and for each field its
length (4) and value, all with the high byte first, and -1 as the end: PostgreSQL's documentation of COPY,
"Binary Format". So numbers are copied as they are, NaN and -0.0 too.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradewind.store.postgres.layout import REAL, TEXT, WHOLE, arrow_types

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_AT_ONCE = 131_072
"""Rows that are sent or made at once."""
_NUMBERS = {WHOLE: ">i8", REAL: ">f8"}


def send(
    cursor: "psycopg.Cursor[Any]", statement: Any, partition_id: int, rows: "pa.Table", kinds: Sequence[str]
) -> None:
    """Copy rows behind the number of their partition; ``statement`` names the columns, without a form."""
    from psycopg import sql

    plain = TEXT not in kinds and not any(column.null_count for column in rows.columns)
    if plain:
        with cursor.copy(sql.SQL("{} FROM STDIN (FORMAT BINARY)").format(statement)) as copy:
            copy.write(_HEADER)
            for first in range(0, len(rows), _AT_ONCE):
                copy.write(_packed(partition_id, rows.slice(first, _AT_ONCE), kinds))
            copy.write(_END)
        return
    with cursor.copy(sql.SQL("{} FROM STDIN").format(statement)) as copy:
        for first in range(0, len(rows), _AT_ONCE):
            for row in zip(*(c.to_pylist() for c in rows.slice(first, _AT_ONCE).columns), strict=True):
                copy.write_row((partition_id, *row))


def receive(
    cursor: "psycopg.Cursor[Any]", query: Any, names: Sequence[str], kinds: Sequence[str]
) -> "pa.Table":
    """The rows of a query of these columns, in its order."""
    import pyarrow as pa
    from psycopg import sql

    types = [arrow_types()[kind] for kind in kinds]
    if names and TEXT not in kinds:
        with cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(query)) as copy:
            held = b"".join(copy)
        columns = _unpacked(held, kinds)
        if columns is not None:
            return pa.table(
                [pa.array(c) for c in columns], schema=pa.schema(list(zip(names, types, strict=True)))
            )
    cursor.execute(query)
    found = cursor.fetchall()
    values = zip(*found, strict=True) if found else ([] for _ in names)
    arrays = [pa.array(list(column), kind) for column, kind in zip(values, types, strict=True)]
    return pa.table(arrays, names=list(names))


def _packed(partition_id: int, rows: "pa.Table", kinds: Sequence[str]) -> bytes:
    held = np.zeros(len(rows), _form((WHOLE, *kinds)))
    held["fields"] = len(kinds) + 1
    for nth in range(len(kinds) + 1):
        held[f"length{nth}"] = 8
    held["value0"] = partition_id
    for nth, column in enumerate(rows.columns, 1):
        held[f"value{nth}"] = column.to_numpy()
    return held.tobytes()


def _unpacked(held: bytes, kinds: Sequence[str]) -> list[NDArray[Any]] | None:
    """The columns; None where a value is missing, which makes its row shorter."""
    form = _form(kinds)
    body = len(held) - len(_HEADER) - len(_END)
    if body % form.itemsize:
        return None
    rows = np.frombuffer(held, form, count=body // form.itemsize, offset=len(_HEADER))
    whole = (rows["fields"] == len(kinds)).all()
    if not whole or not all((rows[f"length{nth}"] == 8).all() for nth in range(len(kinds))):
        return None
    return [
        rows[f"value{nth}"].astype(np.int64 if kind == WHOLE else np.float64)
        for nth, kind in enumerate(kinds)
    ]


def _form(kinds: Sequence[str]) -> np.dtype[Any]:
    fields = [("fields", ">i2")]
    for nth, kind in enumerate(kinds):
        fields += [(f"length{nth}", ">i4"), (f"value{nth}", _NUMBERS[kind])]
    return np.dtype(fields)
