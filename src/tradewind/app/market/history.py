"""History for research and sessions: loaded through the provider, judged, repaired, stored."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import signature

from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.home import Home
from tradewind.core.errors import ConfigError, UnknownSymbolError
from tradewind.core.instruments import (
    Instrument,
    canonical_symbol,
    find_instrument,
    instrument_id,
    venue_of,
)
from tradewind.core.panel import Floats
from tradewind.core.ports import BarRequest, HistoryProvider, InstrumentProvider
from tradewind.core.vocabulary import FeedKind
from tradewind.data.catalogue import sample_instruments
from tradewind.data.history import LoadedSeries, load_history
from tradewind.data.providers.binance.exchange_info import VENUE as BINANCE
from tradewind.data.providers.binance.exchange_info import stand_in
from tradewind.data.registry import PROVIDERS
from tradewind.store.tables import ParquetTables

Progress = Callable[[int, int, str], None]

REFERENCE_ROLES = {"spy": "SPX"}
"""Which instrument plays a role that factors across assets name; the sample's index stands in for SPY."""

DESCRIBING = {BINANCE: "binance"}
"""Venues that describe their instruments, and by which provider."""

QUALITY_FLOOR = 60.0
"""Score out of 100 under which an instrument is not traded."""


def instruments_for(symbols: Iterable[str], config: TradewindConfig | None = None) -> dict[str, Instrument]:
    """The instruments that people mean, by id and in their order.

    Known are those of the sample, and with a ``config`` all that an exchange describes: what names such a
    venue (``ETH/USDT.BINANCE``), or is unknown to the sample and a pair (``ETHUSDT``) where the configured
    source is such an exchange.

    Raises
    ------
    UnknownSymbolError
        Nothing is called so; the message lists what there is.
    DataError
        The exchange could not be asked.
    """
    return _found(symbols, config, lambda name, given: describe(given, name))


def named_instruments(symbols: Iterable[str], config: TradewindConfig | None = None) -> dict[str, Instrument]:
    """The same without asking anybody, for checks of names: grids of described instruments are stand-ins."""
    return _found(symbols, config or TradewindConfig(), lambda name, given: stand_in(name))


def _found(
    symbols: Iterable[str],
    config: TradewindConfig | None,
    described: Callable[[str, TradewindConfig], Instrument],
) -> dict[str, Instrument]:
    known = sample_instruments()
    made = {}
    for text in symbols:
        name = described_id(text, home_venue(config)) if config is not None else ""
        found = described(name, config) if name and config is not None else find_instrument(known, text)
        made[found.id] = found
    return made


def described_id(text: str, home: str = "") -> str:
    """``SYMBOL.VENUE`` where the text means an instrument that an exchange describes; else empty.

    It names such a venue, or it is a pair that the sample does not know, and then that of the venue ``home``.
    """
    symbol, _, venue = text.strip().upper().rpartition(".")
    if symbol and venue in DESCRIBING:
        return instrument_id(canonical_symbol(symbol), venue)
    if not home:
        return ""
    try:
        find_instrument(sample_instruments(), text)
    except UnknownSymbolError:
        pair = canonical_symbol(text)
        return instrument_id(pair, home) if "/" in pair and "." not in pair else ""
    return ""


def home_venue(config: TradewindConfig) -> str:
    """The venue whose instruments the configured source describes; empty where it describes none."""
    session = config.session
    source = session.live.stream if session.feed is FeedKind.LIVE else config.provider
    return next((venue for venue, provider in DESCRIBING.items() if provider == source), "")


def describe(config: TradewindConfig, name: str) -> Instrument:
    """An instrument by the word of its exchange, which is asked at most once a day."""
    provider = make_provider(config, DESCRIBING[venue_of(name)])
    if not isinstance(provider, InstrumentProvider):
        message = f"The provider {provider.name!r} does not describe instruments."
        raise ConfigError(message, "Name an instrument that `tradewind data instruments` lists.")
    return provider.instrument(name)


def provider_for(config: TradewindConfig) -> HistoryProvider:
    """The configured source of history."""
    return make_provider(config, config.provider)


def make_provider(config: TradewindConfig, name: str) -> HistoryProvider:
    """A source of history by name, at the address that the session's live feed names for it, if any."""
    factory = PROVIDERS.get(name)
    takes, given = signature(factory).parameters, dict[str, object]()
    # A provider with a memory of its own (cache, budget, quarantine) keeps it in the home folder.
    if "folder" in takes:
        given["folder"] = config.home / "providers" / name
    live = config.session.live
    if "base_url" in takes and live.stream == name and live.rest_url:
        given["base_url"] = live.rest_url
    return factory(**given)


def load_series(
    config: TradewindConfig,
    symbols: Sequence[str],
    window: DateWindow,
    on_progress: Progress | None = None,
    timeframe: str = "1d",
) -> dict[str, LoadedSeries]:
    """History, by id, of the instruments that ``symbols`` mean, in the window, through validation and store.

    Loading the same again changes nothing in the store. A symbol without data in the window is an error that
    names it; nothing is filled in.
    """
    instruments = instruments_for(symbols, config)
    tables = ParquetTables(Home(config.home).make().store)
    requests = [BarRequest(name, timeframe, window.start_ns, window.end_ns) for name in instruments]
    return load_history(provider_for(config), requests, instruments, tables, on_progress)


def references(config: TradewindConfig) -> dict[str, str]:
    """Which instrument (by id) plays each role that factors across assets name, where the provider has it."""
    known = set(provider_for(config).symbols())
    played = {role: find_instrument(sample_instruments(), text) for role, text in REFERENCE_ROLES.items()}
    return {role: instrument.id for role, instrument in played.items() if instrument.symbol in known}


def known_income(series: Mapping[str, LoadedSeries], symbols: Iterable[str]) -> dict[str, Floats]:
    """Dividends going into each bar, for those of ``symbols`` of which it is known what they paid."""
    return {symbol: series[symbol].income for symbol in symbols if series[symbol].total_return}
