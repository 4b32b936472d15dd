"""Arrow to a server and back: as bytes where all columns are numbers, else value by value.

What is sent is in the binary form of COPY: 19 bytes of header, for each row the number of its fields (2
bytes) and for each field its length (4) and value, all with the high byte first, and -1 as the end
(PostgreSQL's documentation of COPY, "Binary Format"). What comes back is each column's bytes in the same
order. So numbers are copied as they are, NaN and -0.0 too.
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
_SENT = {WHOLE: "int8send", REAL: "float8send"}


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

    types = [arrow_types()[kind] for kind in kinds]
    if names and TEXT not in kinds:
        columns = _gathered(cursor, query, names, kinds)
        if columns is not None:
            return pa.table([pa.array(column) for column in columns], names=list(names))
    cursor.execute(query)
    found = cursor.fetchall()
    values = zip(*found, strict=True) if found else ([] for _ in names)
    arrays = [pa.array(list(column), kind) for column, kind in zip(values, types, strict=True)]
    return pa.table(arrays, names=list(names))


def _gathered(
    cursor: "psycopg.Cursor[Any]", query: Any, names: Sequence[str], kinds: Sequence[str]
) -> list[NDArray[Any]] | None:
    """Each column of numbers as one value, its bytes joined by the server: three times as fast as by row.

    None where a value is missing, which would be left out.
    """
    from psycopg import sql

    # The rows come sorted out of the inner query, and one worker alone keeps them so.
    cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    columns = [
        sql.SQL("string_agg({}({}), ''::bytea)").format(sql.SQL(_SENT[kind]), sql.Identifier(name))
        for name, kind in zip(names, kinds, strict=True)
    ]
    whole = sql.SQL("SELECT count(*), {} FROM ({}) AS ordered").format(sql.SQL(", ").join(columns), query)
    cursor.execute(whole, binary=True)
    told = cursor.fetchone()
    count, *held = told if told is not None else (0,)
    made = [np.frombuffer(one or b"", _NUMBERS[kind]) for one, kind in zip(held, kinds, strict=True)]
    if any(len(column) != count for column in made):
        return None
    return [column.astype(column.dtype.newbyteorder("=")) for column in made]


def _packed(partition_id: int, rows: "pa.Table", kinds: Sequence[str]) -> bytes:
    held = np.zeros(len(rows), _form((WHOLE, *kinds)))
    held["fields"] = len(kinds) + 1
    for nth in range(len(kinds) + 1):
        held[f"length{nth}"] = 8
    held["value0"] = partition_id
    for nth, column in enumerate(rows.columns, 1):
        held[f"value{nth}"] = column.to_numpy()
    return held.tobytes()


def _form(kinds: Sequence[str]) -> np.dtype[Any]:
    fields = [("fields", ">i2")]
    for nth, kind in enumerate(kinds):
        fields += [(f"length{nth}", ">i4"), (f"value{nth}", _NUMBERS[kind])]
    return np.dtype(fields)
