"""People's own files into the workspace: read, kept as they came, judged and stored as all history is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tradewind.app.market.import_names import ImportNames, Naming
from tradewind.app.market.market_data import Loaded, loaded_before, loaded_of
from tradewind.app.market.workspace import Workspace, files_folder
from tradewind.core.errors import (
    ConfigError,
    DataError,
    TradewindError,
    UnknownSymbolError,
    UnsettledFileError,
)
from tradewind.core.instruments import Instrument
from tradewind.core.ports import BarRequest
from tradewind.data.history import load_history
from tradewind.data.importing.files import find_files, read_file
from tradewind.data.importing.frames import read_frame
from tradewind.data.importing.options import DateOrder, ImportOptions
from tradewind.data.importing.understood import ReadFile, Understood
from tradewind.data.keeping import forget_series
from tradewind.data.raw import RawBars
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.files.history import NAME as FILES
from tradewind.data.vendors.files.history import FilesProvider
from tradewind.data.vendors.files.kept import keep_instruments, keep_rows, read_rows
from tradewind.store.bars import BarSeries, stored_range

Progress = Callable[[int, int, str], None]
_EVER_NS = (-(2**62), 2**62)


@dataclass(frozen=True)
class ImportedFile:
    """One file: how it was read, the instruments of its series, and what is to be said of them."""

    understood: Understood
    instruments: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotImported:
    """A file that was not read, and why; ``option`` is what would settle it, if anything would."""

    file: str
    error: str
    option: str = ""


@dataclass(frozen=True)
class Imported:
    """What came of an import. ``stored`` is empty in a dry run; ``unchanged`` are ids that were there.

    ``made`` are instruments that nobody knew before, as they are now taken to be.
    """

    files: tuple[ImportedFile, ...]
    failed: tuple[NotImported, ...]
    left_out: tuple[tuple[str, str], ...]
    made: tuple[Instrument, ...]
    stored: tuple[Loaded, ...] = ()
    unchanged: tuple[str, ...] = ()


def options_of(*, day_first: bool = False, month_first: bool = False, **said: Any) -> ImportOptions:
    """What the reader is told, from what a person says; the other words are those of its options.

    Raises
    ------
    ConfigError
        A value is none of those that can be, or two contradict each other.
    """
    if day_first and month_first:
        message = "Day first and month first cannot both be so."
        raise ConfigError(message, "Say one of them.")
    order = DateOrder.DAY_FIRST if day_first else DateOrder.MONTH_FIRST if month_first else ""
    return ImportOptions(date_order=order, **said)


@dataclass
class _Import:
    """One import under way. ``spans`` are those of the series kept so far, by instrument and timeframe."""

    workspace: Workspace
    options: ImportOptions
    names: ImportNames
    source: str
    replace_all: bool
    dry_run: bool
    spans: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    changed: dict[tuple[str, str], bool] = field(default_factory=dict)
    series: dict[tuple[str, str], BarSeries] = field(default_factory=dict)
    used: dict[str, Instrument] = field(default_factory=dict)

    def take(self, path: Path) -> ImportedFile:
        """Read a file and keep its rows."""
        return self.accept(read_file(path, self.options, self.names.calendar_of, source=self.source))

    def take_frame(self, symbol: str, frame: Any) -> ImportedFile:
        """Read a frame of pandas or Polars and keep its rows; ``symbol`` where it names none itself."""
        options = replace(self.options, symbol=symbol) if symbol else self.options
        return self.accept(read_frame(frame, options, self.names.calendar_of, source=self.source))

    def accept(self, read: ReadFile) -> ImportedFile:
        """Keep the rows of what was read."""
        instruments = [self.names.instrument(raw) for raw in read.series]
        rows = [raw.named(one.id) for raw, one in zip(read.series, instruments, strict=True)]
        notes = tuple(note for raw in rows for note in (self._overlap(raw), self._replaced(raw)) if note)
        for raw, instrument in zip(rows, instruments, strict=True):
            self._keep(raw, instrument)
        return ImportedFile(read.understood, tuple(one.id for one in instruments), notes)

    def _keep(self, raw: RawBars, instrument: Instrument) -> None:
        key = raw.instrument_id, raw.timeframe
        again = key in self.spans
        first, last = self.spans.get(key, _EVER_NS[::-1])
        self.spans[key] = min(first, int(raw.ts_event[0])), max(last, int(raw.ts_event[-1]))
        self.used[instrument.id] = instrument
        if self.dry_run:
            return
        fresh = self.replace_all and not again
        kept = keep_rows(files_folder(self.workspace.bars), raw, replace_all=fresh)
        self.changed[key] = kept or self.changed.get(key, False)
        self.series[key] = BarSeries(*key, raw.source, raw.adjusted)
        if fresh and kept:
            for adjusted in (False, True):
                forget_series(self.workspace.tables, BarSeries(*key, raw.source, adjusted))

    def _replaced(self, raw: RawBars) -> str:
        """What becomes of bars that an earlier import brought for the same times."""
        key = raw.instrument_id, raw.timeframe
        before = None if key in self.spans or self.replace_all else self._before(raw)
        if before is None:
            return ""
        _, old, new = np.intersect1d(before.ts_event, raw.ts_event, return_indices=True)
        differ = int(np.sum(~np.isclose(before.close[old], raw.close[new], rtol=1e-9, equal_nan=True)))
        if not differ:
            return ""
        return (
            f"{differ:,} of {len(old):,} closes of {raw.instrument_id} are other than those imported before, "
            "and take their place; bars before and after stay (--replace drops them)"
        )

    def _before(self, raw: RawBars) -> RawBars | None:
        return read_rows(files_folder(self.workspace.bars), raw.instrument_id, raw.timeframe)

    def _overlap(self, raw: RawBars) -> str:
        first, last = self.spans.get((raw.instrument_id, raw.timeframe), _EVER_NS[::-1])
        if int(raw.ts_event[0]) > last or int(raw.ts_event[-1]) < first:
            return ""
        return f"{raw.instrument_id} came before in this import; where both have bars these stand"


def import_path(
    workspace: Workspace,
    path: Path,
    options: ImportOptions,
    naming: Naming,
    *,
    source: str = FILES,
    replace_all: bool = False,
    dry_run: bool = False,
    on_progress: Progress | None = None,
) -> Imported:
    """Import a file or all files of a folder; one that cannot be read does not stop the others.

    Importing the same again changes nothing. ``replace_all`` drops what was imported of the same series
    before, such as bars in a wrong zone. A dry run keeps nothing.

    Raises
    ------
    BarFileError, ConfigError, UnknownSymbolError
        There is nothing at ``path``, the folder holds no table, or the one file cannot be read.
    StoreError
        The store refuses, or what was imported before is of another kind.
    """
    if source != FILES and source in PROVIDERS.names():
        message = f"{source!r} is the name of a source of history."
        raise ConfigError(message, "Give the imported bars a name of their own (--source).")
    found = find_files(path)
    names = ImportNames(workspace.instruments.known, naming)
    work = _Import(workspace, options, names, source, replace_all, dry_run)
    if not dry_run:
        workspace.bars.make()
    steps = _Steps(len(found.files) * (1 if dry_run else 2), on_progress)
    files, failed = _read_each(work, found.files, steps, alone=found.files == (path,))
    stored, unchanged, unusable = _store_each(work, steps)
    return Imported(
        files=tuple(files),
        failed=(*failed, *unusable),
        left_out=tuple((str(where), why) for where, why in found.left_out),
        made=tuple(names.made.values()),
        stored=tuple(stored),
        unchanged=tuple(unchanged),
    )


def import_frames(
    workspace: Workspace, frames: Mapping[str, Any], options: ImportOptions, naming: Naming
) -> Imported:
    """Import frames of pandas or Polars by the symbol of each; an empty one takes what the frame says.

    Raises
    ------
    BarFileError, ConfigError, UnknownSymbolError
        One cannot be read; those before it are kept.
    """
    names = ImportNames(workspace.instruments.known, naming)
    work = _Import(workspace, options, names, FILES, replace_all=False, dry_run=False)
    workspace.bars.make()
    try:
        files = [work.take_frame(symbol, frame) for symbol, frame in frames.items()]
    finally:
        if work.used:
            keep_instruments(files_folder(workspace.bars), list(work.used.values()))
    stored, unchanged, failed = _store_each(work, _Steps(2, None))
    return Imported(
        tuple(files), tuple(failed), (), tuple(names.made.values()), tuple(stored), tuple(unchanged)
    )


@dataclass
class _Steps:
    """Progress over reading and, after it, storing: half of the way each."""

    total: int
    on_progress: Progress | None

    def tell(self, done: int, what: str) -> None:
        if self.on_progress is not None:
            self.on_progress(done, self.total, what)


def _read_each(
    work: _Import, paths: Sequence[Path], steps: _Steps, *, alone: bool
) -> tuple[list[ImportedFile], list[NotImported]]:
    files: list[ImportedFile] = []
    failed: list[NotImported] = []
    try:
        for done, path in enumerate(paths, start=1):
            try:
                files.append(work.take(path))
            except (DataError, ConfigError, UnknownSymbolError) as error:
                if alone:
                    raise
                failed.append(_not_imported(path, error))
            steps.tell(done, path.name)
    finally:  # also where the store refuses: what has been kept is known by name
        if work.used and not work.dry_run:
            keep_instruments(files_folder(work.workspace.bars), list(work.used.values()))
    return files, failed


def _not_imported(path: Path, error: TradewindError) -> NotImported:
    said = str(error)
    if str(path) not in said:
        said = f"{path}: {said}"
    return NotImported(str(path), said, error.option if isinstance(error, UnsettledFileError) else "")


def _store_each(work: _Import, steps: _Steps) -> tuple[list[Loaded], list[str], list[NotImported]]:
    """Judge, repair and store every series that changed, whole; the others are there already."""
    provider = FilesProvider(files_folder(work.workspace.bars))
    tables = work.workspace.tables
    stored: list[Loaded] = []
    unchanged: list[str] = []
    failed: list[NotImported] = []
    before = steps.total // 2
    for done, (key, series) in enumerate(work.series.items(), start=1):
        name, timeframe = key
        try:
            if not work.changed[key] and stored_range(tables, series) is not None:
                stored.append(loaded_before(tables, series))
                unchanged.append(name)
            else:
                request = BarRequest(name, timeframe, *_EVER_NS)
                stored.append(loaded_of(load_history(provider, [request], work.used, tables)[name]))
        except DataError as error:
            failed.append(NotImported(f"{name} {timeframe}", str(error)))
        steps.tell(before + done * before // len(work.series), name)
    return stored, unchanged, failed
