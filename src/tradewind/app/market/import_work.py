"""The two slow parts of an import, a file and a series at a time: work that can travel to other processes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tradewind.app.market.import_names import ImportNames
from tradewind.app.market.market_data import Loaded, loaded_of
from tradewind.core.errors import (
    ConfigError,
    DataError,
    TradewindError,
    UnknownSymbolError,
    UnsettledFileError,
)
from tradewind.core.instruments import Instrument
from tradewind.core.ports import BarRequest, Mapper
from tradewind.data.history import load_history
from tradewind.data.importing.files import read_file
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.understood import ReadFile
from tradewind.data.vendors.files.history import FilesProvider
from tradewind.store.bars import BarSeries
from tradewind.store.tables import Tables

A = TypeVar("A")
B = TypeVar("B")

REFUSED = (DataError, ConfigError, UnknownSymbolError)
"""What keeps one file out and stops no other."""
EVER_NS = (-(2**62), 2**62)
WORTH_WORKERS = 40
"""Files from which on workers are started for them: fewer are done before they would be ready."""
_AT_ONCE = 32


@dataclass(frozen=True)
class NotImported:
    """A file that was not read, and why; ``option`` is what would settle it, if anything would."""

    file: str
    error: str
    option: str = ""


@dataclass(frozen=True)
class Reading:
    """One file read, or why it could not be."""

    options: ImportOptions
    names: ImportNames
    source: str

    def __call__(self, path: Path) -> ReadFile | NotImported:
        """The series of a file."""
        try:
            return read_file(path, self.options, self.names.calendar_of, source=self.source)
        except REFUSED as error:
            return not_imported(path, error)


@dataclass(frozen=True)
class Storing:
    """One series judged, repaired and stored, whole, or why it could not be."""

    folder: Path
    tables: Tables

    def __call__(self, given: tuple[BarSeries, Instrument]) -> Loaded | NotImported:
        """What is to be said of the series."""
        series, instrument = given
        provider = FilesProvider(self.folder)
        request = BarRequest(instrument.id, series.timeframe, *EVER_NS)
        try:
            loaded = load_history(provider, [request], {instrument.id: instrument}, self.tables)
            return loaded_of(loaded[instrument.id])
        except DataError as error:
            return NotImported(f"{instrument.id} {series.timeframe}", str(error))


def not_imported(path: Path, error: TradewindError) -> NotImported:
    """A file that is left out, in words that name it."""
    said = str(error)
    if str(path) not in said:
        said = f"{path}: {said}"
    return NotImported(str(path), said, error.option if isinstance(error, UnsettledFileError) else "")


def in_order(work: Callable[[A], B], items: Sequence[A], mapper: Mapper | None) -> Iterator[B]:
    """``work`` of each item, in order; the next few are under way while the last are being looked at."""
    if mapper is None or len(items) < WORTH_WORKERS:
        yield from map(work, items)
        return
    parts = [items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE)]
    with ThreadPoolExecutor(1, "import") as ahead:
        coming: Future[list[B]] = ahead.submit(mapper.map, work, parts[0])
        for following in (*parts[1:], None):
            done = coming.result()
            if following is not None:
                coming = ahead.submit(mapper.map, work, following)
            yield from done
