"""Old and new rows by key: newest wins, sorted by key. Pure, tables in and out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.errors import StoreError

if TYPE_CHECKING:
    import pyarrow as pa

_ROW = "row number in the merge"


def merge_rows(old: "pa.Table | None", new: "pa.Table", key: Sequence[str]) -> "pa.Table":
    """One row a key, sorted by ``key``: the last row of ``new`` that has it, else the one of ``old``.

    Raises
    ------
    StoreError
        A key column is missing, is a float, or holds nulls; or the columns of the two differ.
    """
    import pyarrow as pa

    _check_key(new, key)
    rows = new
    if old is not None:
        _check_columns(old.schema, new.schema)
        rows = pa.concat_tables([old, new.select(old.column_names).cast(old.schema)])
    if len(key) == 1 and _rises(rows.column(key[0])):
        return rows.combine_chunks()  # Rows that only follow those stored, as most do, need no sorting.
    return rows.take(_newest_by_key(rows, key)).combine_chunks()


def _newest_by_key(rows: "pa.Table", key: Sequence[str]) -> "pa.Array":
    """The last row of each key, in the order of the keys.

    By sorting and not by grouping, which starts threads that may outlive the process's own.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    numbered = rows.select(list(key)).append_column(_ROW, pa.array(np.arange(len(rows))))
    order = pc.sort_indices(numbered, sort_keys=[(name, "ascending") for name in (*key, _ROW)])
    ends = np.zeros(len(rows), dtype=np.bool_)
    ends[-1:] = True
    for name in key:
        values = numbered.column(name).take(order).combine_chunks()
        ends[:-1] |= pc.not_equal(values[:-1], values[1:]).to_numpy(zero_copy_only=False)
    return order.filter(pa.array(ends))


def _rises(column: "pa.ChunkedArray") -> bool:
    import pyarrow.compute as pc

    if len(column) < 2:
        return True
    values = column.combine_chunks()
    rises: bool = pc.all(pc.less(values[:-1], values[1:])).as_py()
    return rises


def _check_key(frame: "pa.Table", key: Sequence[str]) -> None:
    import pyarrow as pa

    absent = [name for name in key if name not in frame.column_names]
    if absent or not key:
        message = f"The key {list(key)} is not among the columns {frame.column_names}."
        raise StoreError(message, "Name columns that tell each row from all others.")
    for name in key:
        column = frame.column(name)
        if pa.types.is_floating(column.type):
            message = f"The key column {name!r} is a float ({column.type}), which cannot tell rows apart."
            raise StoreError(message, "Use whole numbers, times or text as the key.")
        if column.null_count:
            message = f"The key column {name!r} has {column.null_count} empty values."
            raise StoreError(message, "Leave those rows out or fill them in.")


def _check_columns(old: "pa.Schema", new: "pa.Schema") -> None:
    stored = {field.name: field.type for field in old}
    given = {field.name: field.type for field in new}
    if stored != given:
        differing = sorted(
            name for name in stored.keys() | given.keys() if stored.get(name) != given.get(name)
        )
        message = f"The columns {differing} differ in name or type from those that are stored."
        raise StoreError(message, "Write the same columns, replace the partition, or use another table.")
