"""History for research and sessions: loaded through the provider, judged, repaired, stored."""

from collections.abc import Callable, Sequence
from inspect import signature

from tradewind.app.config import TradewindConfig, Window
from tradewind.app.home import Home
from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import AssetClass, Instrument, canonical_symbol, find_instrument
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


def instruments_for(symbols: Sequence[str]) -> dict[str, Instrument]:
    """The instruments that people mean, in their order; UnknownSymbolError lists what there is."""
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
    """History of ``symbols`` inside the window, through validation and the store.

    Loading the same again changes nothing in the store. A symbol without data in the window is an error that
    names it; nothing is filled in.
    """
    instruments = instruments_for(symbols)
    tables = ParquetTables(Home(config.home).make().store)
    requests = [BarRequest(symbol, timeframe, window.start_ns, window.end_ns) for symbol in instruments]
    return load_history(provider_for(config), requests, instruments, tables, on_progress)


def has_history(config: TradewindConfig, symbol: str) -> bool:
    """Whether the provider knows the symbol at all."""
    known = provider_for(config).symbols()
    try:
        return canonical_symbol(symbol, known) in known
    except UnknownSymbolError:
        return False


def is_gauge(instrument: Instrument) -> bool:
    """Whether the instrument is watched, not traded."""
    return instrument.asset_class is AssetClass.INDEX
