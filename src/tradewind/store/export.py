"""Tables for use elsewhere: CSV and Parquet files, written whole or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.store.files import write_whole

if TYPE_CHECKING:
    import pyarrow as pa


def export_csv(rows: "pa.Table", path: Path) -> None:
    """A header line, then one line a row; floats in the shortest form that reads back exactly."""
    import pyarrow as pa
    import pyarrow.csv

    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(rows, sink)
    write_whole(Path(path), sink.getvalue().to_pybytes())


def export_parquet(rows: "pa.Table", path: Path) -> None:
    """One Parquet file with its schema metadata, readable by any other program."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    write_whole(Path(path), sink.getvalue().to_pybytes())
