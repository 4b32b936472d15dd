"""People's own files into the workspace: read, kept as they came, judged and stored as all history is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tradewind.app.market.import_names import ImportNames, Naming
from tradewind.app.market.import_work import (
    EVER_NS,
    REFUSED,
    NotImported,
    Reading,
    Storing,
    in_order,
    not_imported,
)
from tradewind.app.market.market_data import Loaded, loaded_before
from tradewind.app.market.workspace import Workspace, files_folder
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument
from tradewind.core.ports import Mapper
from tradewind.data.importing.files import find_files, read_file
from tradewind.data.importing.frames import read_frame
from tradewind.data.importing.options import DateOrder, ImportOptions
from tradewind.data.importing.understood import ReadFile, Understood
from tradewind.data.keeping import forget_series
from tradewind.data.quality.inspection import prepare
from tradewind.data.quality.rules.dividend_gaps import dividend_gaps
from tradewind.data.raw import RawBars
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.files.history import NAME as FILES
from tradewind.data.vendors.files.kept import keep_instruments, keep_rows, read_instruments, read_rows
from tradewind.store.bars import BarSeries, stored_range

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ImportedFile:
    """One file: how it was read, the instruments of its series, and what is to be said of them."""

    understood: Understood
    instruments: tuple[str, ...]
    notes: tuple[str, ...] = ()


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
        notes = tuple(
            note
            for raw, one in zip(rows, instruments, strict=True)
            for note in (self._overlap(raw), self._replaced(raw), _counted_twice(raw, one))
            if note
        )
        for raw, instrument in zip(rows, instruments, strict=True):
            self._keep(raw, instrument)
        return ImportedFile(read.understood, tuple(one.id for one in instruments), notes)

    def _keep(self, raw: RawBars, instrument: Instrument) -> None:
        key = raw.instrument_id, raw.timeframe
        again = key in self.spans
        first, last = self.spans.get(key, EVER_NS[::-1])
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

    def describe(self) -> None:
        """Keep what the instruments are that were not imported before; the others stay as they were made."""
        folder = files_folder(self.workspace.bars)
        known = read_instruments(folder)
        new = [one for name, one in self.used.items() if name not in known or name in self.names.made]
        if new and not self.dry_run:
            keep_instruments(folder, new)

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
        first, last = self.spans.get((raw.instrument_id, raw.timeframe), EVER_NS[::-1])
        if int(raw.ts_event[0]) > last or int(raw.ts_event[-1]) < first:
            return ""
        return f"{raw.instrument_id} came before in this import; where both have bars these stand"


def _counted_twice(raw: RawBars, instrument: Instrument) -> str:
    """Whether prices that come with dividends have them taken out already; asked before anything is kept."""
    if not raw.actions:
        return ""
    said = [finding.what for finding in dividend_gaps(prepare(raw, instrument.calendar))]
    return f"{raw.instrument_id}: {said[0]} (--basis adjusted says so)" if said else ""


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
    mapper: Mapper | None = None,
) -> Imported:
    """Import a file or all files of a folder; one that cannot be read does not stop the others.

    Importing the same again changes nothing. ``replace_all`` drops what was imported of the same series
    before, such as bars in a wrong zone. A dry run keeps nothing. Many files are read, judged and stored by
    the workers of ``mapper``, where there is one.

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
    names = ImportNames(dict(workspace.instruments.known), naming)
    work = _Import(workspace, options, names, source, replace_all, dry_run)
    if not dry_run:
        workspace.bars.make()
    steps = _Steps(len(found.files) * (1 if dry_run else 2), on_progress)
    files, failed = _read_each(work, found.files, steps, mapper, alone=found.files == (path,))
    stored, unchanged, unusable = _store_each(work, steps, mapper)
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
    names = ImportNames(dict(workspace.instruments.known), naming)
    work = _Import(workspace, options, names, FILES, replace_all=False, dry_run=False)
    workspace.bars.make()
    try:
        files = [work.take_frame(symbol, frame) for symbol, frame in frames.items()]
    finally:
        work.describe()
    stored, unchanged, failed = _store_each(work, _Steps(2, None), None)
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
    work: _Import, paths: Sequence[Path], steps: _Steps, mapper: Mapper | None, *, alone: bool
) -> tuple[list[ImportedFile], list[NotImported]]:
    files: list[ImportedFile] = []
    failed: list[NotImported] = []
    # Names of its own: while the next files are on their way to a worker these go on being made.
    reading = Reading(work.options, ImportNames(work.names.known, work.names.naming), work.source)
    try:
        if alone:
            return [work.take(paths[0])], []
        for done, (path, read) in enumerate(
            zip(paths, in_order(reading, paths, mapper), strict=True), start=1
        ):
            try:
                if isinstance(read, NotImported):
                    failed.append(read)
                else:
                    files.append(work.accept(read))
            except REFUSED as error:
                failed.append(not_imported(path, error))
            steps.tell(done, path.name)
    finally:  # also where the store refuses: what has been kept is known by name
        work.describe()
    return files, failed


def _store_each(
    work: _Import, steps: _Steps, mapper: Mapper | None
) -> tuple[list[Loaded], list[str], list[NotImported]]:
    """Judge, repair and store every series that changed, whole; the others are there already."""
    tables = work.workspace.tables
    same = {
        key
        for key, series in work.series.items()
        if not work.changed[key] and stored_range(tables, series) is not None
    }
    changed = [(series, work.used[key[0]]) for key, series in work.series.items() if key not in same]
    storing = Storing(files_folder(work.workspace.bars), work.workspace.tables)
    made = in_order(storing, changed, mapper)
    stored: list[Loaded] = []
    failed: list[NotImported] = []
    before = steps.total // 2
    for done, (key, series) in enumerate(work.series.items(), start=1):
        came = loaded_before(tables, series) if key in same else next(made)
        if isinstance(came, NotImported):
            failed.append(came)
        else:
            stored.append(came)
        steps.tell(before + done * before // len(work.series), key[0])
    return stored, [key[0] for key in work.series if key in same], failed
