"""History for research and sessions: loaded through the provider, judged, repaired, stored."""

from collections.abc import Callable, Iterable, Sequence
from inspect import signature

from tradewind.app.config import TradewindConfig, Window
from tradewind.app.home import Home
from tradewind.core.instruments import Instrument, find_instrument
from tradewind.core.ports import BarRequest, HistoryProvider
from tradewind.data.catalogue import sample_instruments
from tradewind.data.history import LoadedSeries, load_history
from tradewind.data.registry import PROVIDERS
from tradewind.store.tables import ParquetTables

Progress = Callable[[int, int, str], None]

REFERENCE_ROLES = {"spy": "SPX"}
"""Which instrument plays a role that factors across assets name; the sample's index stands in for SPY."""

QUALITY_FLOOR = 60.0
"""Score out of 100 under which an instrument is not traded."""


def instruments_for(symbols: Iterable[str]) -> dict[str, Instrument]:
    """The instruments that people mean, by id and in their order; UnknownSymbolError lists what there is."""
    known = sample_instruments()
    found = (find_instrument(known, text) for text in symbols)
    return {instrument.id: instrument for instrument in found}


def provider_for(config: TradewindConfig) -> HistoryProvider:
    """The configured source of history."""
    factory = PROVIDERS.get(config.provider)
    # A provider with a memory of its own (cache, budget, quarantine) keeps it in the home folder.
    if "folder" in signature(factory).parameters:
        return factory(config.home / "providers" / config.provider)
    return factory()


def load_series(
    config: TradewindConfig,
    symbols: Sequence[str],
    window: Window,
    on_progress: Progress | None = None,
    timeframe: str = "1d",
) -> dict[str, LoadedSeries]:
    """History, by id, of the instruments that ``symbols`` mean, in the window, through validation and store.

    Loading the same again changes nothing in the store. A symbol without data in the window is an error that
    names it; nothing is filled in.
    """
    instruments = instruments_for(symbols)
    tables = ParquetTables(Home(config.home).make().store)
    requests = [BarRequest(name, timeframe, window.start_ns, window.end_ns) for name in instruments]
    return load_history(provider_for(config), requests, instruments, tables, on_progress)


def references(config: TradewindConfig) -> dict[str, str]:
    """Which instrument (by id) plays each role that factors across assets name, where the provider has it."""
    known = set(provider_for(config).symbols())
    played = {role: find_instrument(sample_instruments(), text) for role, text in REFERENCE_ROLES.items()}
    return {role: instrument.id for role, instrument in played.items() if instrument.symbol in known}
