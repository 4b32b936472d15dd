"""Histories fetched piece by piece: nothing is asked for twice, and a break loses one piece at most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.app.config import DateWindow
from tradewind.app.market.workspace import Workspace
from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import (
    ConfigError,
    DataError,
    NetworkError,
    NoDataError,
    NoTimeframeError,
    RateLimitedError,
    TradewindError,
    UnknownSymbolError,
    UnusableDataError,
)
from tradewind.core.instruments import Instrument
from tradewind.core.market import Timeframe
from tradewind.core.panel import Ints
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import iso
from tradewind.data.asked import Span, read_asked, save_asked
from tradewind.data.backfill import Piece, answered_part, pieces_to_fetch
from tradewind.data.history import LoadedSeries, load_history
from tradewind.store.bars import bar_times, stored_series
from tradewind.store.tables import Tables

Progress = Callable[[int, int, str], None]
"""Hears ``(pieces done, pieces in all, what is fetched)``."""


@dataclass(frozen=True)
class Work:
    """What is to be fetched of one instrument, in the order in which it will be."""

    instrument: Instrument
    timeframe: str
    pieces: tuple[Piece, ...]

    @property
    def missing(self) -> int:
        """Bars that are due and not there."""
        return sum(piece.missing for piece in self.pieces)


@dataclass(frozen=True)
class Filled:
    """What came of one instrument. ``empty`` pieces had no bar; ``error`` says why it stopped, if it did."""

    instrument_id: str
    fetched: int
    empty: int
    left: int
    bars: int
    error: str = ""
    broke_off: bool = False
    """The source answers nobody for now: no other instrument was tried after it."""


def plan_backfill(
    workspace: Workspace,
    symbols: Sequence[str],
    window: DateWindow,
    timeframe: str,
    *,
    newest_first: bool = False,
    clock: Clock | None = None,
) -> list[Work]:
    """What is missing of each instrument between the window's start and its end, or now; nobody is asked.

    Raises
    ------
    UnknownSymbolError
        A symbol is no instrument.
    ConfigError
        An instrument was imported, so no source fills it; or there are no bars of such a length.
    """
    now_ns = (clock or WallClock()).now_ns()
    frame = Timeframe(timeframe)
    wanted = Span(window.start_ns, min(window.end_ns, now_ns))
    works = []
    for name, instrument in workspace.instruments.find(symbols).items():
        if name in workspace.imported:
            message = f"{name} was imported from files, which no source fills."
            raise ConfigError(message, "Import a newer file, or set imported: false.")
        provider = workspace.provider.name
        stored = _stored_times(workspace.tables, name, frame, provider)
        answered = read_asked(workspace.tables, name, frame, provider)
        pieces = pieces_to_fetch(frame, instrument.calendar, wanted, stored, answered) if len(wanted) else []
        works.append(Work(instrument, frame.value, tuple(pieces[::-1] if newest_first else pieces)))
    return works


def backfill(
    workspace: Workspace,
    works: Sequence[Work],
    on_progress: Progress | None = None,
    clock: Clock | None = None,
) -> list[Filled]:
    """Fetch, judge and store what is planned, piece by piece.

    A piece counts as done once it is stored. An instrument of which a piece fails is left; where the source
    as a whole refuses (limits, network), so are all after it.

    Raises
    ------
    StoreError
        The store refuses; what it held before is untouched.
    """
    wall = clock or WallClock()
    total, done = sum(len(work.pieces) for work in works), 0
    filled: list[Filled] = []
    for work in works:
        name = work.instrument.id
        fetched = empty = bars = 0
        error: TradewindError | None = None
        for piece in work.pieces:
            try:
                came = _fetch(workspace, work, piece, wall)
            except (DataError, UnknownSymbolError) as failed:
                error = failed
                break
            fetched, empty, bars, done = fetched + 1, empty + (not came), bars + came, done + 1
            if on_progress is not None:
                on_progress(done, total, f"{name} {iso(piece.span.start_ns)[:10]}")
        left = len(work.pieces) - fetched
        broke_off = isinstance(error, RateLimitedError | NetworkError)
        filled.append(
            Filled(name, fetched, empty, left, bars, "" if error is None else str(error), broke_off)
        )
        if broke_off:
            break
    return filled


def _stored_times(tables: Tables, instrument_id: str, timeframe: str, provider: str) -> Ints:
    """Times of the bars of an instrument that are stored of a source, or of one of its feeds, rising."""
    parts = [
        bar_times(tables, series)
        for series in stored_series(tables, instrument_id, timeframe)
        if series.source == provider or series.source.startswith(f"{provider}-")
    ]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)


def _fetch(workspace: Workspace, work: Work, piece: Piece, clock: Clock) -> int:
    """Bars that came of a piece and are stored; 0 where the source has none there."""
    name, span = work.instrument.id, piece.span
    workspace.bars.make()
    request = BarRequest(name, work.timeframe, span.start_ns, span.end_ns)
    instruments = {name: work.instrument}
    now_ns, newest_ts, came = clock.now_ns(), None, 0
    try:
        loaded = load_history(
            workspace.provider, [request], instruments, workspace.tables, settings=workspace.quality
        )[name]
    except (NoTimeframeError, UnusableDataError):
        raise
    except NoDataError:
        pass  # it says that it has none there, which is remembered
    else:
        _require_as_traded(loaded)
        came, newest_ts = len(loaded.as_stored), int(loaded.as_stored.ts_event[-1])
    settled = answered_part(span, newest_ts, now_ns)
    save_asked(workspace.tables, name, work.timeframe, workspace.provider.name, settled)
    return came


def _require_as_traded(loaded: LoadedSeries) -> None:
    """Prices that their source adjusts anew with each dividend cannot be put together out of pieces."""
    if loaded.as_stored.adjusted:
        name, source = loaded.as_stored.instrument_id, loaded.as_stored.source
        message = (
            f"{source} gives {name} adjusted as of the day it is asked: pieces of two days do not match."
        )
        raise DataError(message, "Load it whole instead: tradewind data load.")
