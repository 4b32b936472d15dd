"""What was imported: the rows of each series as they came, and what each instrument is.

A series is one hashed Parquet file in a folder of its own, so nothing that quality rules are to judge
(duplicates, holes, missing values) is smoothed away; the descriptions are one JSON file, written whole.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import numpy as np

from tradewind.core.errors import NoDataError, StoreError
from tradewind.core.instruments import Instrument
from tradewind.core.panel import BAR_COLUMNS, Floats
from tradewind.data.adjustment import CorporateAction
from tradewind.data.descriptions import read_descriptions, write_descriptions
from tradewind.data.raw import BESIDE, RawBars
from tradewind.store.files import corrupt, locked, read_checked, replace_file

DESCRIPTIONS = "instruments.json"
_MEND = "Mend that line, or move the file away and import the files again."
_COLUMNS = ("ts_event", *BAR_COLUMNS)
_KIND = ("source", "adjusted", "synthetic", "has_ohlc", "has_volume")


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a series beside its rows."""

    source: str
    calendar: str
    synthetic: bool
    has_ohlc: bool
    has_volume: bool
    adjusted: bool
    actions: tuple[CorporateAction, ...] | None


def keep_rows(folder: Path, raw: RawBars, *, replace_all: bool = False) -> bool:
    """Keep a series under ``folder``; rows of an earlier import outside the new rows' span stay.

    ``replace_all`` drops them. Gives whether anything changed: importing the same file again changes nothing.

    Raises
    ------
    NoDataError
        There is no row.
    StoreError
        The disk refuses, or the earlier import is of another kind; what was there before is untouched.
    """
    if not len(raw):
        message = f"The {raw.timeframe} series of {raw.instrument_id} has no row to keep."
        raise NoDataError(message, "Check the file.")
    place = _place(folder, raw.instrument_id, raw.timeframe)
    with locked(place):
        old = None if replace_all else _read(place, raw.instrument_id, raw.timeframe)
        if old is not None:
            _require_same_kind(old, raw)
        return replace_file(place, _packed(_merged(old, raw) if old is not None else raw))


def read_rows(folder: Path, instrument_id: str, timeframe: str) -> RawBars | None:
    """The series as it was imported; None where there is none.

    Raises
    ------
    CorruptFileError
        The file is not what was written.
    """
    return _read(_place(folder, instrument_id, timeframe), instrument_id, timeframe)


def timeframes(folder: Path, instrument_id: str) -> tuple[str, ...]:
    """Timeframes in which an instrument was imported."""
    root = folder / quote(instrument_id, safe="")
    if not root.is_dir():
        return ()
    return tuple(sorted(path.name for path in root.iterdir() if path.is_dir()))


def keep_instruments(folder: Path, instruments: Sequence[Instrument]) -> None:
    """Keep what the instruments are; a new description goes before an older one of the same id."""
    with locked(folder):
        known = read_instruments(folder) | {one.id: one for one in instruments}
        write_descriptions(folder / DESCRIPTIONS, [known[name] for name in sorted(known)])


def read_instruments(folder: Path) -> dict[str, Instrument]:
    """The instruments that were imported, by id.

    Raises
    ------
    CorruptFileError
        The descriptions cannot be read, or one says what cannot be: line, field and value are named.
    """
    path = folder / DESCRIPTIONS
    return read_descriptions(path, _MEND) if path.exists() else {}


def _place(folder: Path, instrument_id: str, timeframe: str) -> Path:
    return folder / quote(instrument_id, safe="") / timeframe


def _require_same_kind(old: RawBars, new: RawBars) -> None:
    """Prices of two sources or on two bases are never spliced."""
    for name in _KIND:
        before, now = getattr(old, name), getattr(new, name)
        if before != now:
            what = f"the {new.timeframe} bars of {new.instrument_id}"
            message = f"Of {what} those imported before have {name} {before!r}, the new ones {now!r}."
            raise StoreError(message, "Import into another home, or say --replace to drop those of before.")


def _merged(old: RawBars, new: RawBars) -> RawBars:
    """The new rows, with those of the old that lie before or after all of them, and the actions of both."""
    first, last = int(new.ts_event.min()), int(new.ts_event.max())
    parts = [old.take(old.ts_event < first), new, old.take(old.ts_event > last)]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS
    }
    for name in BESIDE:
        columns[name] = _beside(parts, name)
    return replace(new, **columns, actions=_both(old, new, first, last))


def _beside(parts: Sequence[RawBars], name: str) -> Floats | None:
    """A column that only some parts have, NaN where they have not; None where none has."""
    found = [getattr(part, name) for part in parts]
    if all(values is None for values in found):
        return None
    return np.concatenate(
        [
            np.full(len(part), np.nan) if values is None else values
            for part, values in zip(parts, found, strict=True)
        ]
    )


def _both(old: RawBars, new: RawBars, first: int, last: int) -> tuple[CorporateAction, ...] | None:
    """Actions outside the new rows' span as they were known, inside it as the new rows have them."""
    if new.actions is None and old.actions is None:
        return None
    known = [a for a in old.actions or () if new.actions is None or not first <= a.ex_ns <= last]
    each = {(action.ex_ns, action.kind): action for action in (*known, *(new.actions or ()))}
    return tuple(each[key] for key in sorted(each))


def _packed(raw: RawBars) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    told = _Told(**{name: getattr(raw, name) for name in _Told.__struct_fields__})
    beside = {name: values for name in BESIDE if (values := getattr(raw, name)) is not None}
    table = pa.table({name: getattr(raw, name) for name in _COLUMNS} | beside)
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"tradewind": msgspec.json.encode(told)}), out)
    return out.getvalue()


def _read(place: Path, instrument_id: str, timeframe: str) -> RawBars | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = read_checked(place)
    if found is None:
        return None
    file, data = found
    try:
        # Arrow's threads may still run when the process ends, which then aborts (apache/arrow 34314, 50482).
        table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
        told = msgspec.json.decode(table.schema.metadata[b"tradewind"], type=_Told)
        there = [name for name in BESIDE if name in table.column_names]
        columns = {name: table.column(name).to_numpy() for name in (*_COLUMNS, *there)}
    except (pa.ArrowException, msgspec.DecodeError, KeyError, TypeError) as error:
        raise corrupt(file.path, str(error)) from error
    fields = {name: getattr(told, name) for name in _Told.__struct_fields__}
    return RawBars(instrument_id=instrument_id, timeframe=timeframe, **columns, **fields)
