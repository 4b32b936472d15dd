"""Tables for use elsewhere: CSV and Parquet files, written whole or not at all."""

import os
import time
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.store import disk
from tradewind.store.files import plain_errors, write_whole

if TYPE_CHECKING:
    import pyarrow as pa


_ABANDONED_S = 60.0
"""A temporary file is younger than this while somebody writes it."""


def export_csv(rows: "pa.Table", path: Path) -> None:
    """A header line, then one line a row; floats in the shortest form that reads back exactly."""
    import pyarrow as pa
    import pyarrow.csv

    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(rows, sink)
    write_file(Path(path), sink.getvalue().to_pybytes())


def export_parquet(rows: "pa.Table", path: Path) -> None:
    """One Parquet file with its schema metadata, readable by any other program."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    write_file(Path(path), sink.getvalue().to_pybytes())


def write_file(path: Path, data: bytes) -> None:
    """Write a file into a folder of somebody's own: whole or not at all.

    What earlier writers of the same file left when they died is taken away first.

    Raises
    ------
    StoreError
        The disk is full or refuses; what was there before is untouched.
    """
    with plain_errors(path):
        _remove_abandoned(path)
    write_whole(path, data)


def _remove_abandoned(path: Path) -> None:
    """Temporary files that writers of the same file left when they died: of no process that runs here."""
    for left in path.parent.glob(f".*-{escape(path.name[:80])}.tmp"):
        number = left.name[1:].partition("-")[0]
        if number.isdecimal() and not _runs(int(number)) and _age_s(left) > _ABANDONED_S:
            disk.remove(left)


def _runs(number: int) -> bool:
    """Whether a process of that number runs on this machine."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # it is somebody else's, or cannot be asked about
    return True


def _age_s(path: Path) -> float:
    """Seconds since it was written; 0 where it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
