"""Rows as an HDF5 file: one dataset a column, what is the same in all rows as attributes.

HDF5 1.10 or newer reads it in any language (h5py, MATLAB, Julia, R). pandas' own ``read_hdf`` does not: it
reads the layout of PyTables alone.
"""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.core.errors import StoreError
from tradewind.store.files import write_whole

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = "bars"


def export_hdf5(rows: "pa.Table", path: Path) -> None:
    """Write the columns of numbers as datasets of the group ``bars``, whole or not at all.

    A column of texts or truths must be the same in every row and becomes an attribute of the group; the
    times in words are left out beside ``ts_event``, whose unit is an attribute of its own.

    Raises
    ------
    StoreError
        h5py is not installed, a text differs between rows, or the disk refuses.
    """
    try:
        import h5py
    except ImportError as error:
        message = "Writing HDF5 needs h5py, which is not installed."
        raise StoreError(message, "Install it with: pip install 'tradewind[hdf5]'.") from error
    import pyarrow as pa

    held = io.BytesIO()
    # No times of day are written, so that the same rows give the same bytes.
    with h5py.File(held, "w", track_order=True) as file:
        group = file.create_group(GROUP, track_order=True)
        group.attrs["rows"] = len(rows)
        for name in rows.column_names:
            column = rows.column(name)
            if name == "time":
                continue
            if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
                made = group.create_dataset(
                    name, data=column.to_numpy(), compression="gzip", shuffle=True, track_times=False
                )
                if name == "ts_event":
                    made.attrs["unit"] = "ns since 1970-01-01T00:00:00Z, when the bar closed"
            elif len(rows):
                group.attrs[name] = _only(name, column)
    write_whole(Path(path), held.getvalue())


def _only(name: str, column: "pa.ChunkedArray") -> str | bool:
    """The value of all rows."""
    values = set(column.to_pylist())
    if len(values) != 1:
        message = f"The column {name!r} has {len(values)} values, and HDF5 keeps it once for all rows."
        raise StoreError(message, "Export one series at a time, or write Parquet.")
    (value,) = values
    return bool(value) if isinstance(value, bool) else str(value)
