"""Series for people: which sources there are, fetching into the store, and reading as of a moment.

A series is named ``SOURCE:ID``, as in ``fred:UNRATE``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import getdoc, signature

from tradewind.app.config import TradewindConfig
from tradewind.app.market.opened_store import bars_store
from tradewind.app.market.source_arguments import source_arguments
from tradewind.app.market.vendor_config import USUAL, key_variables
from tradewind.core.clock import WallClock
from tradewind.core.errors import ConfigError, DataError, UnknownSymbolError
from tradewind.core.ports import SupportsClose
from tradewind.core.series import Observations, SearchesSeries, SeriesProvider, SeriesRequest
from tradewind.core.timestamps import iso, parse_ns
from tradewind.data.registry import SERIES
from tradewind.store.observations import append_observations, read_observations, stored_observations

Progress = Callable[[int, int, str], None]

_EARLIEST, _LATEST = "1800-01-01", "2200-01-01"


@dataclass(frozen=True)
class SeriesCard:
    """A source of series: ids that it is known to have, keys that it takes, libraries that are missing."""

    name: str
    what: str
    known: Mapping[str, str]
    takes: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Fetched:
    """What was fetched of one series.

    ``added`` observations are new in the store; ``differing`` ones were told otherwise before and stand as
    they were told first. ``seen``: the source does not say when a value was published.
    """

    series: str
    observations: int
    added: int
    differing: int
    first: str
    last: str
    seen: bool


@dataclass(frozen=True)
class NotFetched:
    """A series that could not be fetched, and why."""

    series: str
    error: str


def series_sources() -> list[SeriesCard]:
    """All sources of series, those whose library is missing too."""
    return [
        SeriesCard(
            entry.name,
            (getdoc(entry.plugin) or "").partition("\n")[0],
            dict(getattr(entry.plugin, "known", {})),
            _wants(entry.name, entry.plugin),
            entry.missing(),
        )
        for entry in SERIES.entries()
    ]


def fetch_series(
    config: TradewindConfig,
    names: Sequence[str],
    start: str | None = None,
    end: str | None = None,
    on_progress: Progress | None = None,
) -> tuple[list[Fetched], list[NotFetched]]:
    """Fetch one series after the other into the store; one that fails does not stop the others.

    Raises
    ------
    UnknownSymbolError, RegistryError, ConfigError
        A name is none, its source is not there, or the span holds nothing; nothing is fetched then.
    StoreError
        The store refuses; what it held before is untouched.
    """
    span = period_span(start, end)
    wanted = [split_name(name) for name in names]
    made = {source: make_series(config, source) for source, _ in dict.fromkeys(wanted)}
    fetched: list[Fetched] = []
    failed: list[NotFetched] = []
    try:
        for done, (source, series_id) in enumerate(wanted, start=1):
            request = SeriesRequest(series_id, *span)
            try:
                fetched.append(_fetched(config, made[source], source, request))
            except (DataError, UnknownSymbolError) as error:
                failed.append(NotFetched(f"{source}:{series_id}", str(error)))
            if on_progress is not None:
                on_progress(done, len(wanted), f"{source}:{series_id}")
    finally:
        for provider in made.values():
            if isinstance(provider, SupportsClose):
                provider.close()
    return fetched, failed


def search_series(config: TradewindConfig, text: str) -> tuple[dict[str, str], list[NotFetched]]:
    """Series about ``text`` of all sources by name, and the sources that could not be asked.

    A source that can search is asked; of the others those that they are known to have are looked through.
    """
    found: dict[str, str] = {}
    failed: list[NotFetched] = []
    for entry in SERIES.entries():
        if entry.missing():
            continue
        known = {
            one: what for one, what in getattr(entry.plugin, "known", {}).items() if _about(text, one, what)
        }
        if hasattr(entry.plugin, "search"):
            try:
                known = _searched(config, entry.name, text)
            except (DataError, UnknownSymbolError) as error:
                failed.append(NotFetched(entry.name, str(error)))
        found |= {f"{entry.name}:{series_id}": what for series_id, what in known.items()}
    return found, failed


def stored_series(config: TradewindConfig) -> list[str]:
    """Names of all series that are stored."""
    return [f"{source}:{series_id}" for source, series_id in stored_observations(bars_store(config))]


def series_revisions(config: TradewindConfig, name: str) -> Observations:
    """All that is stored of a series, every revision; StoreError where there is nothing."""
    return read_observations(bars_store(config), *split_name(name))


def series_as_of(config: TradewindConfig, name: str, as_of_ns: int) -> Observations:
    """Of each period the newest value that was known at a moment: what research may use at that moment.

    Raises
    ------
    UnknownSymbolError
        The name is none.
    StoreError, CorruptFileError
        Nothing of it is stored, or it is damaged.
    """
    return series_revisions(config, name).as_of(as_of_ns)


def make_series(config: TradewindConfig, source: str) -> SeriesProvider:
    """A source of series with its limits, address and keys; RegistryError where there is none."""
    factory, vendor = SERIES.get(source), config.providers.get(source, USUAL)
    return factory(**source_arguments(config, source, factory, vendor, answers=False))


def period_span(start: str | None, end: str | None) -> tuple[int, int]:
    """First moment of the periods and first after them, UTC ns; without an end all that there are.

    Raises
    ------
    ConfigError
        One is no day, lies before 1800 or after 2199, or the span holds nothing.
    """
    first, last = parse_ns(start or _EARLIEST), parse_ns(end or _LATEST)
    if not parse_ns(_EARLIEST) <= first < last <= parse_ns(_LATEST):
        message = f"The span from {start or _EARLIEST} to {end or _LATEST} holds no periods."
        raise ConfigError(message, "Give a start before the end, from 1800-01-01 to 2200-01-01.")
    return first, last


def split_name(name: str) -> tuple[str, str]:
    """Source and id of ``fred:UNRATE``; UnknownSymbolError where it names none."""
    source, _, series_id = name.strip().partition(":")
    if not source or not series_id:
        message = f"{name!r} names no series."
        raise UnknownSymbolError(message, "Write SOURCE:ID, as in fred:UNRATE.")
    return source, series_id


def _searched(config: TradewindConfig, source: str, text: str) -> dict[str, str]:
    provider = make_series(config, source)
    try:
        return dict(provider.search(text)) if isinstance(provider, SearchesSeries) else {}
    finally:
        if isinstance(provider, SupportsClose):
            provider.close()


def _about(text: str, *told: str) -> bool:
    """Whether every word stands in what is told."""
    there = " ".join(told).lower()
    return all(word in there for word in text.lower().split())


def _wants(name: str, factory: Callable[..., SeriesProvider]) -> tuple[str, ...]:
    """Variables of its keys, and the setting of who asks where it wants to know."""
    contact = (f"providers.{name}.contact",) if "contact" in signature(factory).parameters else ()
    return (*key_variables(name, factory).values(), *contact)


def _fetched(
    config: TradewindConfig, provider: SeriesProvider, source: str, request: SeriesRequest
) -> Fetched:
    found = provider.observations(request)
    wrote = append_observations(bars_store(config), found, WallClock().now_ns())
    return Fetched(
        series=f"{source}:{request.series_id}",
        observations=len(found),
        added=wrote.added,
        differing=wrote.differing,
        first=iso(int(found.ts_period[0])),
        last=iso(int(found.ts_period[-1])),
        seen=found.seen,
    )
