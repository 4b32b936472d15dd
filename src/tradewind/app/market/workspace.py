"""What research and sessions work with: the home folder, a source of history, and instruments by name.

Made once from the configuration by a face or a run; what loads data takes this instead of all settings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType

from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.app.market.bus import history_name
from tradewind.app.market.former_names import borne_name
from tradewind.app.market.instrument_config import own_instruments
from tradewind.app.market.names import InstrumentNames
from tradewind.app.market.opened_store import bars_home, bars_store
from tradewind.app.market.source_arguments import source_arguments
from tradewind.app.market.vendor_config import USUAL
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument, venue_of
from tradewind.core.ports import HistoryProvider, InstrumentProvider
from tradewind.core.vocabulary import FeedKind
from tradewind.data.catalogue import sample_instruments, with_usual_fees
from tradewind.data.descriptions import read_descriptions
from tradewind.data.failover.history import FailoverHistory
from tradewind.data.quality.inspection import QualitySettings
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.files.history import NAME as FILES
from tradewind.data.vendors.files.history import FilesProvider
from tradewind.data.vendors.files.kept import read_instruments
from tradewind.data.venues import describing_venues
from tradewind.store.tables import Tables


@dataclass(frozen=True)
class Workspace:
    """A home folder with the source that fills its store; the source is made when it is first asked.

    ``bars`` is where imported bars lie, mostly the home too, and ``tables`` hold bars, scores, findings
    and actions. ``imported`` are the ids of what was
    imported: its bars come from there. ``quality`` is how all bars are judged, where not as usual.
    """

    home: Home
    bars: Home
    make_provider: Callable[[], HistoryProvider]
    instruments: InstrumentNames
    tables: Tables
    imported: frozenset[str] = frozenset()
    quality: QualitySettings | None = None

    @cached_property
    def provider(self) -> HistoryProvider:
        """The configured source of history; RegistryError where there is none, or it lacks a library."""
        return self.make_provider()

    @cached_property
    def files(self) -> HistoryProvider:
        """What was imported."""
        return FilesProvider(files_folder(self.bars))

    def source_of(self, instrument_id: str) -> HistoryProvider:
        """Where the bars of an instrument come from."""
        return self.files if instrument_id in self.imported else self.provider


def open_workspace(config: TradewindConfig) -> Workspace:
    """The configuration's workspace; no provider is made or asked yet."""
    make = partial(make_history, config)
    return Workspace(
        Home(config.home),
        bars_home(config),
        make,
        instrument_names(config),
        bars_store(config),
        frozenset(_imported(config)),
        QualitySettings(outside_rules=config.quality_rules),
    )


def files_folder(home: Home) -> Path:
    """Where imported bars and descriptions lie."""
    return home.root / "providers" / FILES


def instrument_names(config: TradewindConfig) -> InstrumentNames:
    """The instruments that a configuration knows, with the exchange of its source.

    The sample's, those of ``instrument_file``, what was imported, then what the configuration says of them.
    One of which nobody says what its venue takes pays what is usual for its class.
    """
    known = {**sample_instruments(), **_in_file(config), **_imported(config)}
    known |= own_instruments(config.instruments, known)
    priced = {name: with_usual_fees(instrument) for name, instrument in known.items()}
    return InstrumentNames(
        MappingProxyType(priced),
        partial(home_venue, config),
        partial(_describe, config),
        partial(borne_name, partial(bars_store, config), ()),
    )


def _in_file(config: TradewindConfig) -> dict[str, Instrument]:
    path = config.instrument_file
    return {} if path is None else read_descriptions(path, "Write it anew, or correct instrument_file.")


def _imported(config: TradewindConfig) -> dict[str, Instrument]:
    return read_instruments(files_folder(bars_home(config))) if config.imported else {}


def home_venue(config: TradewindConfig) -> str:
    """The venue whose instruments the configured source describes; empty where it describes none."""
    session = config.session
    source = history_name(config, session.live.stream) if session.feed is FeedKind.LIVE else config.provider
    return next((venue for venue, provider in describing_venues().items() if provider == source), "")


def _describe(config: TradewindConfig, name: str) -> Instrument:
    """An instrument by the word of its exchange, which is asked at most once a day."""
    provider = make_provider(config, describing_venues()[venue_of(name)])
    if not isinstance(provider, InstrumentProvider):
        message = f"The provider {provider.name!r} does not describe instruments."
        raise ConfigError(message, "Name an instrument that `tradewind data instruments` lists.")
    return with_usual_fees(provider.instrument(name))


def make_history(config: TradewindConfig) -> HistoryProvider:
    """The configured source of history, with its fallbacks behind it."""
    if not config.fallbacks:
        return make_provider(config, config.provider)
    row = dict.fromkeys((config.provider, *config.fallbacks))
    return FailoverHistory([(name, partial(make_provider, config, name)) for name in row])


def make_provider(config: TradewindConfig, name: str) -> HistoryProvider:
    """A source of history by name, with its limits, address and keys; its memory is kept in the home folder.

    The address that the session's live feed names for it goes before that of ``providers``.
    """
    factory, vendor = PROVIDERS.get(name), config.providers.get(name, USUAL)
    live = config.session.live
    if live.rest_url and name == history_name(config, live.stream):
        vendor = vendor.model_copy(update={"base_url": live.rest_url})
    return factory(**source_arguments(config, name, factory, vendor))
