"""Tables that know their types: Parquet, Feather, and frames in memory."""

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.errors import BarFileError
from tradewind.data.importing.contents import Contents
from tradewind.data.importing.table import Table

if TYPE_CHECKING:
    import polars as pl

_BYTES_A_CELL = 8


def typed_table(contents: Contents, max_bytes: int) -> Table:
    """The table of a Parquet or Feather file, whose unpacked size is bounded too.

    Raises
    ------
    BarFileError
        The file is damaged, has no rows, or unpacks to more than ``max_bytes``.
    """
    import polars as pl
    import pyarrow as pa

    read = _parquet if contents.kind == "parquet" else _feather
    try:
        frame = pl.from_arrow(read(contents, max_bytes))
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError) as error:
        what = str(error).partition("\n")[0]
        message = f"{contents.file} cannot be read as {contents.kind}: {what}."
        raise BarFileError(message, "Fetch or write it again.", file=contents.file) from error
    names = [_levels(name) for name in frame.columns]  # type: ignore[union-attr]
    return table_of_frame(
        frame,  # type: ignore[arg-type]
        names,
        contents.file,
        contents.kind,
        name=contents.name,
        packed=contents.packed,
        notes=contents.notes,
    )


def table_of_frame(
    frame: "pl.DataFrame",
    names: Sequence[tuple[str, ...]],
    file: str,
    kind: str,
    *,
    name: str = "",
    packed: str = "",
    notes: tuple[str, ...] = (),
) -> Table:
    """A table of a frame; ``names`` has one tuple a column, padded to one depth here."""
    import polars as pl

    if not frame.height:
        message = f"{file} has no rows."
        raise BarFileError(message, "Give at least one bar.", file=file)
    depth = max(map(len, names))
    header = tuple((*("",) * (depth - len(levels)), *levels) for levels in names)
    words = (pl.Categorical, pl.Enum)
    plain = frame.with_columns(
        pl.col(c).cast(pl.String) for c, t in frame.schema.items() if isinstance(t, words)
    )
    return Table(
        file=file,
        name=name,
        kind=kind,
        header=header,
        frame=plain,
        line=np.arange(1, frame.height + 1, dtype=np.int64),
        unit="row",
        packed=packed,
        notes=notes,
    )


def _parquet(contents: Contents, max_bytes: int) -> object:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(contents.data))
    about = file.metadata
    stated = sum(about.row_group(nth).total_byte_size for nth in range(about.num_row_groups))
    if max(stated, about.num_rows * about.num_columns * _BYTES_A_CELL) > max_bytes:
        raise _too_large(contents.file, max_bytes)
    return file.read(use_threads=False)


def _feather(contents: Contents, max_bytes: int) -> object:
    import pyarrow as pa

    file = pa.ipc.open_file(pa.BufferReader(contents.data))
    batches, size = [], 0
    for nth in range(file.num_record_batches):
        batches.append(file.get_batch(nth))
        size += batches[-1].nbytes
        if size > max_bytes:
            raise _too_large(contents.file, max_bytes)
    return pa.Table.from_batches(batches, schema=file.schema)


def _levels(name: str) -> tuple[str, ...]:
    """Header rows of a column; pandas writes several as the text of a tuple: ``('Close', 'AAPL')``."""
    if name.startswith("(") and name.endswith(")"):
        try:
            found = ast.literal_eval(name)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return (name,)
        if isinstance(found, tuple):
            return tuple(str(part) for part in found)
    return (name,)


def _too_large(file: str, max_bytes: int) -> BarFileError:
    message = f"{file} unpacks to more than {max_bytes:,} bytes."
    return BarFileError(message, "Cut it into smaller files, or raise max_bytes.", file=file)
