"""History for research and sessions: loaded through the provider, judged, repaired, stored."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from tradewind.app.config import DateWindow
from tradewind.app.market.workspace import Workspace
from tradewind.core.errors import DataError
from tradewind.core.instruments import Instrument, find_instrument
from tradewind.core.panel import Floats
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_S, iso, parse_ns
from tradewind.data.calendars import closes_before
from tradewind.data.history import LoadedSeries, load_history

Progress = Callable[[int, int, str], None]

REFERENCE_ROLES = {"spy": "SPX"}
"""Which instrument plays a role that factors across assets name; the sample's index stands in for SPY."""

EVER = DateWindow(start="1970-01-02", end="2199-12-31")
"""All bars that there are."""

QUALITY_FLOOR = 60.0
"""Score out of 100 under which an instrument is not traded."""


def load_series(
    workspace: Workspace,
    symbols: Sequence[str],
    window: DateWindow,
    on_progress: Progress | None = None,
    timeframe: str = "1d",
) -> dict[str, LoadedSeries]:
    """History, by id, of the instruments that ``symbols`` mean, in the window, through validation and store.

    Loading the same again changes nothing in the store. A symbol without data in the window is an error that
    names it; nothing is filled in.
    """
    instruments = workspace.instruments.find(symbols, window.end_ns - 1)
    workspace.bars.make()
    loaded: dict[str, LoadedSeries] = {}
    for name in instruments:
        request = BarRequest(name, timeframe, window.start_ns, window.end_ns)
        source = workspace.source_of(name)
        loaded |= load_history(source, [request], instruments, workspace.tables, settings=workspace.quality)
        if name in workspace.imported:
            _require_same_calendar(loaded[name], instruments[name])
        if on_progress is not None:
            on_progress(len(loaded), len(instruments), name)
    return loaded


def _require_same_calendar(series: LoadedSeries, instrument: Instrument) -> None:
    """Daily bars are stamped with the close of the calendar that they were imported by."""
    if series.bars.timeframe == "1d" and series.calendar != instrument.calendar:
        message = (
            f"The days of {instrument.id} were imported by the calendar {series.calendar}, and it now has "
            f"{instrument.calendar}."
        )
        raise DataError(message, "Import the file again, with --replace.")


def bars_until(end: str, instruments: Iterable[Instrument], timeframe: str, count: int) -> DateWindow:
    """The window that ends with ``end`` and holds ``count`` bars of each, by the hours of its own market."""
    end_ns = parse_ns(end)
    starts = [int(closes_before(one.calendar, timeframe, end_ns - 1, count)[0]) for one in instruments]
    return DateWindow(start=iso(min(starts) // NS_PER_S * NS_PER_S), end=end)


def references(workspace: Workspace) -> dict[str, str]:
    """Which instrument (by id) plays each role that factors across assets name, where the provider has it."""
    offered = set(workspace.provider.symbols())
    known = workspace.instruments.known
    played = {role: find_instrument(known, text) for role, text in REFERENCE_ROLES.items()}
    return {
        role: instrument.id
        for role, instrument in played.items()
        if instrument.symbol in offered or instrument.id in workspace.imported
    }


def known_income(series: Mapping[str, LoadedSeries], symbols: Iterable[str]) -> dict[str, Floats]:
    """Dividends going into each bar, for those of ``symbols`` of which it is known what they paid."""
    return {symbol: series[symbol].income for symbol in symbols if series[symbol].total_return}
