"""``tw.load``: a file, a folder, frames or symbols, as data that everything else takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tradewind.app.compute.closing import closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.home import DEFAULT_HOME
from tradewind.app.market.history import EVER, load_series
from tradewind.app.market.import_names import Naming
from tradewind.app.market.importing import Imported, import_frames, import_path, options_of
from tradewind.app.market.workspace import open_workspace
from tradewind.core.errors import ConfigError, NoDataError
from tradewind.core.instruments import AssetClass
from tradewind.core.panel import BAR_COLUMNS, BarColumns
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.history import LoadedSeries

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Data:
    """Bars of some instruments, judged and stored in a home folder.

    ``data["AAPL"]`` is a frame of one; ``data.symbols`` are the ids of all.
    """

    config: TradewindConfig
    timeframe: str
    series: Mapping[str, LoadedSeries]
    notes: tuple[str, ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        """Instruments by id: ``SYMBOL.VENUE``."""
        return tuple(self.series)

    @property
    def start(self) -> str:
        """The first bar of any instrument, as a day."""
        return iso(min(int(one.bars.ts_event[0]) for one in self.series.values()))[:10]

    @property
    def end(self) -> str:
        """The day after the last bar of any instrument."""
        return iso(max(int(one.bars.ts_event[-1]) for one in self.series.values()) + NS_PER_DAY)[:10]

    def bars(self, symbol: str) -> BarColumns:
        """Bars of one instrument, on the share count of the last; NoDataError where it is not there."""
        found = open_workspace(self.config).instruments.named([symbol])
        name = next(iter(found))
        if name not in self.series:
            message = f"{name} is not in this data."
            raise NoDataError(message, f"It has {', '.join(self.series)}.")
        return self.series[name].bars

    def frame(self, symbol: str) -> "pd.DataFrame":
        """The same as a pandas frame: open, high, low, close, volume by time in UTC."""
        return bars_frame(self.bars(symbol))

    def __getitem__(self, symbol: str) -> "pd.DataFrame":
        return self.frame(symbol)

    def __len__(self) -> int:
        return len(self.series)

    def __repr__(self) -> str:
        rows = [f"{len(self.series)} instruments, {self.timeframe} bars"]
        rows += [
            f"  {name}: {len(one.bars):,} bars, {_span(one)}, quality {one.score.overall:.1f}"
            for name, one in self.series.items()
        ]
        return "\n".join([*rows, *self.notes])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("instrument", "bars", "span", "quality", "source"))
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{len(one.bars):,}</td><td>{_span(one)}</td>"
            f"<td>{one.score.overall:.1f}</td><td>{escape(one.bars.source)}</td></tr>"
            for name, one in self.series.items()
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def load(
    source: Any,
    *,
    home: str | Path = DEFAULT_HOME,
    timeframe: str = "",
    start: str | None = None,
    end: str | None = None,
    provider: str = "sample",
    symbol: str = "",
    zone: str = "",
    day_first: bool = False,
    month_first: bool = False,
    venue: str = "",
    currency: str = "",
    asset_class: str = "",
    calendar: str = "",
    skip_bad_rows: bool = False,
) -> Data:
    """Load bars: of a file or folder, of frames, or of symbols from a provider.

    Parameters
    ----------
    source
        A path to a file or folder of files, in place of what was imported of the same series before; a
        pandas or Polars frame, or frames by symbol, which are kept apart from all that was imported; or
        symbols as people write them (``"AAPL"``, ``["AAPL", "BTC-USD"]``), which ``provider`` is asked for.
    home
        Folder in which bars, journals and models are kept.
    timeframe
        Of the bars; empty takes that of the files, and days from a provider.
    start, end
        Days between which bars are taken; all where not given.
    symbol, zone, day_first, month_first
        What a file or frame does not say itself; nothing of it is guessed.
    skip_bad_rows
        Leave out rows that are no bars, and say so; otherwise the file is refused.
    venue, currency, asset_class, calendar
        What instruments that nobody knows are: otherwise as is usual for their class.

    Raises
    ------
    DataError, ConfigError, UnknownSymbolError
        What cannot be read or found, and what to do about it.
    """
    config = TradewindConfig(home=Path(home), provider=provider)
    window = DateWindow.of(start or EVER.start, end or EVER.end)
    kind = AssetClass(asset_class) if asset_class else None
    naming = Naming(venue=venue, currency=currency, asset_class=kind, calendar=calendar)
    options = options_of(
        day_first=day_first,
        month_first=month_first,
        symbol=symbol,
        zone=zone,
        timeframe=timeframe,
        skip_bad_rows=skip_bad_rows,
    )
    if _is_frame(source) or isinstance(source, Mapping):
        frames = {symbol: source} if _is_frame(source) else {str(name): one for name, one in source.items()}
        apart = config.model_copy(update={"bars": config.home / "frames" / uuid4().hex[:12]})
        return _of_imported(import_frames(open_workspace(apart), frames, options, naming), apart, window)
    workspace = open_workspace(config)
    if isinstance(source, Path) or (isinstance(source, str) and _is_path(source)):
        with closing(mapper_from(config.compute)) as mapper:
            found = import_path(workspace, Path(source), options, naming, replace_all=True, mapper=mapper)
        return _of_imported(found, config, window)
    symbols = [source] if isinstance(source, str) else list(source) if isinstance(source, Iterable) else []
    if not symbols or not all(isinstance(text, str) for text in symbols):
        message = f"{source!r} is nothing that can be loaded."
        raise ConfigError(message, "Give a path, frames, or symbols such as 'AAPL'.")
    if paths := [text for text in symbols if _is_path(text)]:
        message = f"{paths[0]!r} is a file, and one of several."
        raise ConfigError(message, "Give their folder, or load them one by one.")
    frame = timeframe or "1d"
    return Data(config, frame, load_series(workspace, symbols, window, timeframe=frame))


def _is_path(text: str) -> bool:
    """Whether a word is a place on the disk, and no symbol: it exists, or is written as only a path is."""
    there = Path(text)
    return there.exists() or bool(
        there.suffix.lower() in (".csv", ".parquet", ".feather", ".txt", ".gz", ".zip")
    )


def bars_frame(bars: BarColumns) -> "pd.DataFrame":
    """Bars as a pandas frame by time in UTC."""
    import pandas as pd

    index = pd.DatetimeIndex(pd.to_datetime(bars.ts_event, utc=True), name="time")
    return pd.DataFrame({name: getattr(bars, name) for name in BAR_COLUMNS}, index=index)


def _of_imported(imported: Imported, config: TradewindConfig, window: DateWindow) -> Data:
    """The series of an import as they are now stored; a file that failed is an error here, not a note."""
    if imported.failed:
        count = len(imported.failed)
        said = " / ".join(one.error for one in imported.failed)
        message = f"{count} of {len(imported.files) + count} could not be read: {said}"
        raise ConfigError(message, "Correct them, or leave them out.")
    frames = sorted({one.understood.timeframe for one in imported.files})
    if len(frames) != 1:
        message = f"The files have bars of {', '.join(frames) or 'no length'}."
        raise ConfigError(message, _one_timeframe(imported, frames, config))
    ids = dict.fromkeys(name for one in imported.files for name in one.instruments)
    series = load_series(open_workspace(config), list(ids), window, timeframe=frames[0])
    notes = dict.fromkeys(note for one in imported.files for note in (*one.understood.notes, *one.notes))
    return Data(config, frames[0], series, tuple(notes))


def _one_timeframe(imported: Imported, timeframes: Sequence[str], config: TradewindConfig) -> str:
    """How to get at the bars of one length: files are imported by now, frames are kept by nobody."""
    if config.bars is not None or not timeframes:
        return "Give those of one timeframe at a time."
    first = timeframes[0]
    files = [one for one in imported.files if one.understood.timeframe == first]
    symbols = [name for one in files for name in one.instruments][:2]
    where = f", home={str(config.home)!r}" if config.home != DEFAULT_HOME else ""
    return f"They are imported: load those of one, as tw.load({symbols}, timeframe={first!r}{where})."


def _is_frame(source: object) -> bool:
    return type(source).__module__.partition(".")[0] in ("pandas", "polars") and hasattr(source, "columns")


def _span(one: LoadedSeries) -> str:
    return f"{iso(int(one.bars.ts_event[0]))[:10]} to {iso(int(one.bars.ts_event[-1]))[:10]}"
