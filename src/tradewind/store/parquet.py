"""Partitioned tables in Parquet files: one file a partition, replaced whole, checked when read.

Good for bars, factors, predictions, reports: anything that is written by range and read by range. A partition
is named by a few texts, such as instrument and timeframe, and should hold at most some million rows, since a
write rewrites it.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradewind.core.errors import CorruptFileError, StoreError
from tradewind.store.files import (
    corrupt,
    current_file,
    locked,
    plain_errors,
    read_checked,
    remove_files,
    replace_file,
)
from tradewind.store.merge import merge_rows
from tradewind.store.names import partition_folder, partition_folders, partition_of, table_folder
from tradewind.store.tables import Between, Merge, T, Written, about, check_same

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class ParquetTables:
    """All tables under one folder. Any number of processes may read and write at once."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def upsert(
        self,
        table: str,
        partition: Mapping[str, str],
        frame: "pa.Table",
        key: Sequence[str],
        provenance: Mapping[str, str] | None = None,
        *,
        replace: bool = False,
        merge: Merge = merge_rows,
    ) -> Written:
        """Merge rows into a partition: by ``key``, newest wins, sorted by ``key``; or as ``merge`` says.

        The same rows written twice change no byte. ``provenance`` (source, definition version, whatever
        makes two series the same) is kept in the file, and rows of another provenance are refused unless
        ``replace`` drops what is stored.

        Raises
        ------
        CorruptFileError
            The stored file is damaged; it is left as it is.
        StoreError
            The key or the columns do not fit, the provenance differs, or the disk is full: then what was
            stored before is untouched.
        """
        folder = partition_folder(self.root, table, partition)
        told = about(key, provenance)
        with locked(folder):
            old = None if replace else self._stored(folder)
            if old is not None:
                check_same(str(folder), old.schema.metadata, told)
                old = old.replace_schema_metadata(None)
            rows = merge(old, frame.replace_schema_metadata(None), key)
            data = _to_bytes(rows.replace_schema_metadata(told))
            return Written(len(rows), replace_file(folder, data))

    def read(
        self,
        table: str,
        partition: Mapping[str, str],
        columns: Sequence[str] | None = None,
        where: Between | None = None,
    ) -> "pa.Table":
        """Rows of a partition in key order; StoreError when there is no such partition or column."""
        folder = partition_folder(self.root, table, partition)
        found = self._stored(folder, columns, where)
        if found is None:
            message = f"The table {table} has nothing under {dict(partition)}."
            raise StoreError(message, "Fetch or compute it first.")
        return found

    def read_many(
        self,
        table: str,
        partitions: Sequence[Mapping[str, str]],
        make: "Callable[[Mapping[str, str], pa.Table], T]",
        where: Between | None = None,
    ) -> list[T]:
        """As :meth:`~tradewind.store.tables.Tables.read_many`, on all cores."""

        def take(partition: Mapping[str, str]) -> T:
            return make(partition, self.read(table, partition, where=where))

        threads = min(os.cpu_count() or 1, len(partitions))
        if threads < 2:
            return [take(one) for one in partitions]
        with ThreadPoolExecutor(threads, thread_name_prefix="store") as pool:
            return list(pool.map(take, partitions))

    def has(self, table: str, partition: Mapping[str, str]) -> bool:
        """Whether the partition was ever written."""
        return current_file(partition_folder(self.root, table, partition)) is not None

    def drop(self, table: str, partition: Mapping[str, str]) -> None:
        """Take a partition away, if it is there; StoreError where the disk refuses."""
        folder = partition_folder(self.root, table, partition)
        if folder.is_dir():
            with locked(folder):
                remove_files(folder)

    def partitions(self, table: str, where: Mapping[str, str] | None = None) -> list[dict[str, str]]:
        """All partitions, those that have the values in ``where``, in the order of their names."""
        wanted = dict(where or {})
        with plain_errors(self.root / table):
            found = sorted(partition_folders(table_folder(self.root, table), wanted))
        partitions = [partition_of(f, self.root / table) for f in found if current_file(f) is not None]
        return [partition for partition in partitions if wanted.items() <= partition.items()]

    def names(self) -> list[str]:
        """The tables that were ever written to, by name."""
        with plain_errors(self.root):
            return sorted(place.name for place in self.root.glob("*/"))

    def damaged(self, table: str) -> list[str]:
        """Files of the table that fail their check; none of them is touched."""
        bad: list[str] = []
        for partition in self.partitions(table):
            folder = partition_folder(self.root, table, partition)
            try:
                self._stored(folder, columns=())
            except CorruptFileError:
                file = current_file(folder)
                if file is not None:
                    bad.append(str(file.path))
        return bad

    @contextmanager
    def writing(self, table: str) -> Iterator[None]:
        """Until the block ends no other writer that asks for it has the table."""
        with locked(table_folder(self.root, table)):
            yield

    def _stored(
        self, folder: Path, columns: Sequence[str] | None = None, where: Between | None = None
    ) -> "pa.Table | None":
        found = read_checked(folder)
        if found is None:
            return None
        file, data = found
        return _from_bytes(file.path, data, columns, where)


def _to_bytes(rows: "pa.Table") -> bytes:
    """The rows as a file of Parquet, prices by bytes and times by their differences.

    Prices hardly repeat, so a dictionary of them costs time and saves nothing: so written, bars take a
    quarter less room and are read in half the time. Columns with holes are written as usual: what lies in a
    hole would come back as anything, and stores are compared by their bits.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    whole = [field for field in rows.schema if not rows.column(field.name).null_count]
    floats = [field.name for field in whole if pa.types.is_float64(field.type)]
    integers = [field.name for field in whole if pa.types.is_int64(field.type)]
    pq.write_table(
        rows,
        sink,
        compression={name: "lz4" if name in (*floats, *integers) else "zstd" for name in rows.column_names},
        use_dictionary=[name for name in rows.column_names if name not in (*floats, *integers)],
        column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT")
        | dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
        row_group_size=131_072,
        write_statistics=True,
    )
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _from_bytes(path: Path, data: bytes, columns: Sequence[str] | None, where: Between | None) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
    except pa.ArrowException as error:
        raise corrupt(path, f"it cannot be read as Parquet ({error})") from error
    _check_asked(path, file.schema_arrow.names, columns, where)
    try:
        return _rows_of(file, columns, where)
    except (pa.ArrowException, TypeError) as error:
        message = f"{path.parent} cannot be read where {where}: {error}."
        raise StoreError(message, "Compare a column with values of its own type.") from error


def _rows_of(file: "pq.ParquetFile", columns: Sequence[str] | None, where: Between | None) -> "pa.Table":
    """The rows between, without one of Arrow's threads.

    A thread of its pools that still runs when the process ends aborts it, now and then (apache/arrow 34314,
    50482); datasets and their filters start some whatever they are told.
    """
    ends = _ends(where)
    wanted = None if columns is None else list(columns)
    if not ends or where is None:
        return file.read(columns=wanted, use_threads=False)
    read = None if wanted is None else list(dict.fromkeys([*wanted, where.column]))
    groups = [nth for nth in range(file.num_row_groups) if _may_hold(file, nth, where)]
    rows = file.read_row_groups(groups, columns=read, use_threads=False)
    span = _span_of(rows, where)
    if span is not None:
        return rows.slice(*span) if wanted is None else rows.slice(*span).select(wanted)
    for compare, end in ends:
        rows = rows.filter(compare(rows.column(where.column), end))
    return rows if wanted is None else rows.select(wanted)


def _span_of(rows: "pa.Table", where: Between) -> tuple[int, int] | None:
    """``(first, count)`` of the rows between, where whole numbers rise, so that no row has to be copied."""
    import pyarrow as pa

    column = rows.column(where.column)
    if not pa.types.is_int64(column.type) or column.null_count:
        return None
    values = column.to_numpy()
    if not all(end is None or isinstance(end, int) for end in (where.low, where.high)):
        return None
    if not (values[1:] >= values[:-1]).all():
        return None
    first = 0 if where.low is None else int(np.searchsorted(values, where.low))
    last = len(values) if where.high is None else int(np.searchsorted(values, where.high))
    return first, max(last - first, 0)


def _may_hold(file: "pq.ParquetFile", group: int, where: Between) -> bool:
    """Whether a row group can have rows between, by what it says of its whole numbers."""
    about = file.metadata.row_group(group).column(file.schema_arrow.get_field_index(where.column))
    told = about.statistics
    if told is None or not told.has_min_max or not isinstance(told.min, int):
        return True
    above = not isinstance(where.low, int) or told.max >= where.low
    below = not isinstance(where.high, int) or told.min < where.high
    return above and below


def _check_asked(
    path: Path, names: Sequence[str], columns: Sequence[str] | None, where: Between | None
) -> None:
    asked = [*(columns or ()), *([where.column] if where is not None else [])]
    absent = [name for name in asked if name not in names]
    if absent:
        message = f"{path.parent} has no column {absent[0]!r}."
        raise StoreError(message, f"It has: {', '.join(names)}.")


def _ends(where: Between | None) -> list[tuple[Callable[..., Any], int | str]]:
    """What rows are compared with, and how."""
    import pyarrow.compute as pc

    if where is None:
        return []
    ends = [(pc.greater_equal, where.low), (pc.less, where.high)]
    return [(compare, end) for compare, end in ends if end is not None]
