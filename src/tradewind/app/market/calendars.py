"""Calendars of releases for people: which sources there are, fetching into the store, reading as of a moment.

A calendar is named ``SOURCE:ID``, as in ``fred:10`` or ``finnhub:AAPL``; ``own:ID`` is one of a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import getdoc, signature
from pathlib import Path

from tradewind.app.config import TradewindConfig
from tradewind.app.market.opened_store import bars_store
from tradewind.app.market.source_arguments import source_arguments
from tradewind.app.market.vendor_config import USUAL, key_variables
from tradewind.core.clock import WallClock
from tradewind.core.errors import DataError, StoreError, UnknownSymbolError
from tradewind.core.ports import SupportsClose
from tradewind.core.releases import CalendarRequest, CalendarSource, Release, Releases
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.data.reference.release_files import OWN, read_release_file
from tradewind.data.registry import CALENDARS
from tradewind.store.releases import (
    AppendedReleases,
    append_releases,
    read_releases,
    stored_calendars,
)
from tradewind.store.tables import Tables

_BACK_NS, _AHEAD_NS = 366 * NS_PER_DAY, 366 * NS_PER_DAY


@dataclass(frozen=True)
class CalendarCard:
    """A source of calendars: ids that it is known to have, keys that it takes, libraries that are missing."""

    name: str
    what: str
    known: Mapping[str, str]
    takes: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class FetchedCalendar:
    """What was fetched of one calendar: rows of the answer, and how many of them are new in the store.

    ``moved`` are new rows of another time than was believed before, ``withdrawn`` of releases that are gone.
    """

    calendar: str
    releases: int
    added: int
    moved: int
    withdrawn: int


@dataclass(frozen=True)
class CalendarFailure:
    """A calendar that could not be fetched, and why."""

    calendar: str
    error: str


def calendar_sources() -> list[CalendarCard]:
    """All sources of calendars, those whose library is missing too."""
    cards = []
    for entry in CALENDARS.entries():
        takes = [*key_variables(entry.name, entry.plugin).values()]
        if "contact" in signature(entry.plugin).parameters:
            takes.append(f"providers.{entry.name}.contact")
        what = (getdoc(entry.plugin) or "").partition("\n")[0]
        known = dict(getattr(entry.plugin, "known", {}))
        cards.append(CalendarCard(entry.name, what, known, tuple(takes), entry.missing()))
    return cards


def fetch_calendars(
    config: TradewindConfig, names: Sequence[str], start: str | None = None, end: str | None = None
) -> tuple[list[FetchedCalendar], list[CalendarFailure]]:
    """Fetch one calendar after the other into the store; one that fails does not stop the others.

    Without a start and an end it is asked for the year before now and the one after it.

    Raises
    ------
    UnknownSymbolError, RegistryError, ConfigError
        A name is none, its source is not there, or a day is none; nothing is fetched then.
    StoreError
        The store refuses; what it held before is untouched.
    """
    now_ns = WallClock().now_ns()
    span = parse_ns(start) if start else now_ns - _BACK_NS, parse_ns(end) if end else now_ns + _AHEAD_NS
    wanted = [split_calendar(name) for name in names]
    made = {source: _make(config, source) for source, _ in dict.fromkeys(wanted)}
    fetched: list[FetchedCalendar] = []
    failed: list[CalendarFailure] = []
    try:
        for source, calendar in wanted:
            name = f"{source}:{calendar}"
            try:
                found = made[source].releases(CalendarRequest(calendar, *span))
                wrote = append_releases(bars_store(config), found)
                fetched.append(_fetched(name, found, wrote))
            except (DataError, UnknownSymbolError) as error:
                failed.append(CalendarFailure(name, str(error)))
    finally:
        for opened in made.values():
            if isinstance(opened, SupportsClose):
                opened.close()
    return fetched, failed


def import_calendars(config: TradewindConfig, path: Path) -> list[FetchedCalendar]:
    """Calendars of a person's file into the store, as ``own:ID``; all of it, or nothing.

    Raises
    ------
    BarFileError
        The file says something that cannot be; it names the line and the value.
    StoreError
        The store refuses.
    """
    read = read_release_file(path, WallClock().now_ns())
    return [_fetched(f"{OWN}:{one.calendar}", one, append_releases(bars_store(config), one)) for one in read]


def all_stored_calendars(config: TradewindConfig) -> list[str]:
    """Names of all calendars that are stored."""
    return [f"{source}:{calendar}" for source, calendar in stored_calendars(bars_store(config))]


def calendar_rows(config: TradewindConfig, name: str) -> tuple[Release, ...]:
    """All that is stored of a calendar, every revision; StoreError where there is nothing."""
    return read_releases(bars_store(config), *split_calendar(name))


def releases_by_instrument(
    tables: Tables, calendars: Mapping[str, Sequence[str]], symbols: Mapping[str, str]
) -> dict[str, tuple[Release, ...]]:
    """Every stored row that concerns each instrument, by the configuration's section ``calendars``.

    ``symbols`` are the instruments' symbols by id. A key of the section is a symbol, an id, or ``*`` for all.

    Raises
    ------
    UnknownSymbolError
        A name is no calendar's.
    StoreError
        A calendar that is named is not stored: what is due would be missed without a word.
    """
    read = {
        name: read_releases(tables, *split_calendar(name))
        for name in dict.fromkeys(name for names in calendars.values() for name in names)
    }
    found = {}
    for instrument_id, symbol in symbols.items():
        named = dict.fromkeys(n for key in ("*", symbol, instrument_id) for n in calendars.get(key, ()))
        found[instrument_id] = tuple(
            row._replace(event=f"{name} {row.event}") for name in named for row in read[name]
        )
    return found


def split_calendar(name: str) -> tuple[str, str]:
    """Source and id of ``fred:10``; UnknownSymbolError where it names none."""
    source, _, calendar = name.strip().partition(":")
    if not source or not calendar:
        message = f"{name!r} names no calendar."
        raise UnknownSymbolError(message, "Write SOURCE:ID, as in fred:10 or finnhub:AAPL.")
    return source, calendar


def _make(config: TradewindConfig, source: str) -> CalendarSource:
    if source == OWN:
        message = "A calendar of your own is not fetched."
        raise StoreError(message, "Bring it in from a file: tradewind data calendar --import FILE.csv.")
    factory, vendor = CALENDARS.get(source), config.providers.get(source, USUAL)
    return factory(**source_arguments(config, source, factory, vendor, answers=False))


def _fetched(name: str, found: Releases, wrote: AppendedReleases) -> FetchedCalendar:
    return FetchedCalendar(name, len(found), wrote.added, wrote.moved, wrote.withdrawn)
