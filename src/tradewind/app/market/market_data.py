"""Market data for people: load it, look at it, judge it, take it along."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import getdoc
from pathlib import Path
from typing import Any

from tradewind.app.config import DateWindow
from tradewind.app.market.history import load_series
from tradewind.app.market.vendor_config import key_variables
from tradewind.app.market.workspace import Workspace
from tradewind.core.errors import ConfigError, DataError
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.registry import Entry, Registry
from tradewind.core.timestamps import iso
from tradewind.data.choices import accepted_edits, read_choices
from tradewind.data.edits import edit_bars
from tradewind.data.history import LoadedSeries, known_actions, read_history
from tradewind.data.keeping import FINDINGS, QUALITY, read_actions, read_repairs, read_score
from tradewind.data.reference.facts import read_facts
from tradewind.data.reference.names import name_spans
from tradewind.data.registry import CALENDARS, PROVIDERS, SERIES, STREAMS, TEXTS
from tradewind.data.under_names import of_its_time
from tradewind.store.bars import BarSeries, load_bars
from tradewind.store.export import export_csv, export_parquet
from tradewind.store.hdf5 import export_hdf5
from tradewind.store.tables import Tables

Progress = Callable[[int, int, str], None]
_KINDS: dict[str, Registry[Any]] = {
    "history": PROVIDERS,
    "stream": STREAMS,
    "series": SERIES,
    "texts": TEXTS,
    "calendars": CALENDARS,
}


@dataclass(frozen=True)
class Loaded:
    """What was loaded of one instrument. ``actions`` is None where the provider knows nothing of them."""

    instrument_id: str
    source: str
    bars: int
    first: str
    last: str
    score: float
    sides: Mapping[str, float]
    findings: Mapping[str, int]
    repairs: Mapping[str, int]
    actions: int | None
    synthetic: bool


@dataclass(frozen=True)
class NotLoaded:
    """An instrument that could not be loaded, and why."""

    instrument_id: str
    error: str


@dataclass(frozen=True)
class Stored:
    """A stored series with what is kept beside it; ``findings`` and ``repairs`` count by kind."""

    bars: BarColumns
    score: float
    sides: Mapping[str, float]
    findings: Mapping[str, int]
    repairs: Mapping[str, int]
    actions: int | None


@dataclass(frozen=True)
class Quality:
    """The stored score of one series, over all days that were ever judged."""

    instrument_id: str
    timeframe: str
    source: str
    days: int
    score: float
    sides: Mapping[str, float]
    findings: Mapping[str, int]


@dataclass(frozen=True)
class ProviderCard:
    """A source of data; ``missing`` names libraries that are not installed.

    ``gives`` are the kinds of data that it has: history, stream, series, texts, calendars. ``keys`` are the
    variables of the environment that it takes keys from.
    """

    name: str
    what: str
    gives: tuple[str, ...]
    keys: tuple[str, ...]
    missing: tuple[str, ...]


def load_each(
    workspace: Workspace,
    symbols: Sequence[str],
    window: DateWindow,
    timeframe: str = "1d",
    on_progress: Progress | None = None,
) -> tuple[list[Loaded], list[NotLoaded]]:
    """Load one instrument after the other into the store; one that has no data does not stop the others.

    Raises
    ------
    UnknownSymbolError
        A symbol is no instrument, or stands on several venues; nothing is loaded then.
    RegistryError
        The configured provider does not exist.
    StoreError
        The store refuses; what it held before is untouched.
    """
    wanted = list(workspace.instruments.named(symbols, window.end_ns - 1))
    loaded: list[Loaded] = []
    failed: list[NotLoaded] = []
    for done, name in enumerate(wanted, start=1):
        try:
            series = load_series(workspace, [name], window, timeframe=timeframe)[name]
            loaded.append(loaded_of(series))
        except DataError as error:
            failed.append(NotLoaded(name, str(error)))
        if on_progress is not None:
            on_progress(done, len(wanted), name)
    return loaded, failed


def stored(
    workspace: Workspace,
    symbol: str,
    timeframe: str = "1d",
    *,
    source: str | None = None,
    adjusted: bool = False,
) -> Stored:
    """What ``symbol`` means as it is stored: as the provider gave it, or ``adjusted`` as of its last bar.

    Repairs that were accepted are made to it, and ``bars`` says so.

    Raises
    ------
    ConfigError
        There are no bars of such a length.
    StoreError
        Nothing of it is stored, or several sources are and ``source`` does not choose.
    CorruptFileError
        A file of it is damaged; it is left as it is.
    """
    name = next(iter(workspace.instruments.named([symbol])))
    tables = workspace.tables
    timeframe = Timeframe(timeframe)
    bars = load_bars(tables, name, timeframe, source=source)
    bars = of_its_time(bars, name_spans(name, read_facts(tables, name)))
    key = (name, str(timeframe), bars.source)
    edits = accepted_edits(read_choices(tables, key))
    bars, actions = edit_bars(bars, edits), known_actions(tables, key, edits)
    if adjusted and len(bars):
        span = int(bars.ts_event[0]), int(bars.ts_event[-1]) + 1
        bars = read_history(tables, name, timeframe, *span, source=bars.source, adjusted=bars.adjusted)
    score = read_score(tables, name, timeframe, bars.source)
    repairs = read_repairs(tables, name, timeframe, bars.source)
    return Stored(
        bars=bars,
        score=score.overall,
        sides=score.sides,
        findings=_findings(tables, name, timeframe, bars.source),
        repairs=dict(Counter(made.what for made in repairs)),
        actions=None if actions is None else len(actions),
    )


def quality(workspace: Workspace, symbol: str = "") -> list[Quality]:
    """Scores of all stored series (or of those of the instrument that ``symbol`` means), the worst first."""
    tables = workspace.tables
    where = {"instrument_id": next(iter(workspace.instruments.named([symbol])))} if symbol else {}
    found = []
    for part in tables.partitions(QUALITY, where):
        key = part["instrument_id"], part["timeframe"], part["source"]
        score = read_score(tables, *key)
        found.append(Quality(*key, len(score.day), score.overall, score.sides, _findings(tables, *key)))
    return sorted(found, key=lambda one: (one.score, one.instrument_id))


def providers() -> list[ProviderCard]:
    """All sources of data by name, those whose library is missing too; each is told by its first part."""
    parts: dict[str, list[tuple[str, Entry[Any]]]] = {}
    for kind, registry in _KINDS.items():
        for entry in registry.entries():
            parts.setdefault(entry.name, []).append((kind, entry))
    return [
        ProviderCard(
            name,
            (getdoc(own[0][1].plugin) or "").partition("\n")[0],
            tuple(kind for kind, _ in own),
            tuple(sorted({key for _, entry in own for key in key_variables(name, entry.plugin).values()})),
            tuple(sorted({library for _, entry in own for library in entry.missing()})),
        )
        for name, own in sorted(parts.items())
    ]


def export(bars: BarColumns, path: Path, *, overwrite: bool = False) -> int:
    """Write bars to a CSV, Parquet or HDF5 file, whole or not at all; gives the number of rows.

    Raises
    ------
    ConfigError
        The file's ending is another, or it exists and ``overwrite`` is not given.
    StoreError
        The disk refuses, or the format's library is missing; a file that was there before is untouched.
    """
    import pyarrow as pa

    writers = {".csv": export_csv, ".parquet": export_parquet, ".h5": export_hdf5, ".hdf5": export_hdf5}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        message = f"{path} ends in {path.suffix!r}, which names no format."
        raise ConfigError(message, f"Use {' or '.join(writers)}.")
    if path.exists() and not overwrite:
        message = f"{path} exists already."
        raise ConfigError(message, "Choose another name, or say --overwrite.")
    count = len(bars)
    rows = pa.table(
        {
            "instrument_id": pa.array([bars.instrument_id] * count, pa.string()),
            "time": pa.array([iso(int(ts)) for ts in bars.ts_event], pa.string()),
            "ts_event": bars.ts_event,
            "open": bars.open,
            "high": bars.high,
            "low": bars.low,
            "close": bars.close,
            "volume": bars.volume,
            "source": pa.array([bars.source] * count, pa.string()),
            "adjusted": pa.array([bars.adjusted] * count, pa.bool_()),
            "synthetic": pa.array([bars.synthetic] * count, pa.bool_()),
            "repaired": pa.array([bars.repaired] * count, pa.bool_()),
        }
    )
    writer(rows, path)
    return count


def loaded_of(series: LoadedSeries) -> Loaded:
    """What is to be said of a series that has just been loaded."""
    bars = series.as_stored
    return Loaded(
        instrument_id=bars.instrument_id,
        source=bars.source,
        bars=len(bars),
        first=iso(int(bars.ts_event[0])) if len(bars) else "",
        last=iso(int(bars.ts_event[-1])) if len(bars) else "",
        score=series.score.overall,
        sides=dict(series.score.sides),
        findings=dict(Counter(finding.rule for finding in series.findings)),
        repairs=dict(Counter(repair.what for repair in series.repairs)),
        actions=None if series.actions is None else len(series.actions),
        synthetic=bars.synthetic,
    )


def loaded_before(tables: Tables, series: BarSeries) -> Loaded:
    """The same of a series that was stored before and has not changed."""
    key = series.instrument_id, series.timeframe, series.source
    bars = load_bars(tables, *key[:2], source=series.source, adjusted=series.adjusted)
    score, actions = read_score(tables, *key), read_actions(tables, key[0], key[2])
    return Loaded(
        instrument_id=bars.instrument_id,
        source=bars.source,
        bars=len(bars),
        first=iso(int(bars.ts_event[0])) if len(bars) else "",
        last=iso(int(bars.ts_event[-1])) if len(bars) else "",
        score=score.overall,
        sides=dict(score.sides),
        findings=_findings(tables, *key),
        repairs=dict(Counter(repair.what for repair in read_repairs(tables, *key))),
        actions=None if actions is None else len(actions),
        synthetic=bars.synthetic,
    )


def _findings(tables: Tables, instrument_id: str, timeframe: str, source: str) -> dict[str, int]:
    partition = {"instrument_id": instrument_id, "timeframe": timeframe, "source": source}
    if not tables.has(FINDINGS, partition):
        return {}
    return dict(Counter(tables.read(FINDINGS, partition, ["rule"]).column("rule").to_pylist()))
