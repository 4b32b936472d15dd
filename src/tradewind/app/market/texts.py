"""News and posts for people: which sources there are, fetch, show as of a moment, forget."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import getdoc, signature
from pathlib import Path

from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.app.market.opened_store import home_store
from tradewind.app.market.source_arguments import source_arguments
from tradewind.app.market.vendor_config import USUAL, call_limits, key_variables
from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import ConfigError, DataError, UnknownSymbolError, UnusableTextError
from tradewind.core.instruments import canonical_symbol, symbol_of
from tradewind.core.ports import SupportsClose
from tradewind.core.texts import RefusedText, TextItem, TextPage, TextRequest, TextSource
from tradewind.data.policy.call_budget import PER_DAY, PER_MINUTE
from tradewind.data.policy.quarantine import Quarantine
from tradewind.data.policy.response_cache import ResponseCache
from tradewind.data.registry import TEXTS
from tradewind.data.texts.asking import names_word
from tradewind.data.texts.drafts import clean_id, recleaned
from tradewind.data.texts.pseudonyms import Pseudonyms
from tradewind.data.texts.stories import story_numbers
from tradewind.store.tables import Tables
from tradewind.store.texts import KnownText, add_texts, forget_text, stored_sources, texts_as_of

Progress = Callable[[int, int, str], None]
_STEPS = 100
_BATCH = 1_000
_ANSWERS = "answers.sqlite"
_TIMES = {PER_MINUTE: "a minute", PER_DAY: "a day"}


@dataclass(frozen=True)
class TextSourceCard:
    """A source of texts. ``keys`` are variables of the environment, and whether each is set."""

    name: str
    what: str
    kinds: tuple[str, ...]
    keys: Mapping[str, bool]
    calls: tuple[str, ...]
    publication_delay_s: float | None
    stored: bool

    @property
    def ready(self) -> bool:
        """Whether it can be asked."""
        return all(self.keys.values())


@dataclass(frozen=True)
class Fetched:
    """What came of one source: texts that are new, changed, the same as before, or forgotten; others refused.

    ``more`` says why there is more than came, ``error`` what ended it early; what came before is kept.
    """

    source: str
    pages: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    forgotten: int = 0
    deleted: int = 0
    refused: tuple[RefusedText, ...] = ()
    more: str = ""
    error: str = ""


@dataclass(frozen=True)
class ShownText:
    """A text as it could be known, and the id of the first text of its story."""

    known: KnownText
    story: str


def text_sources(
    config: TradewindConfig, environment: Mapping[str, str] = os.environ
) -> list[TextSourceCard]:
    """All sources of texts, those whose key is not set too."""
    stored = set(stored_sources(home_store(config)))
    cards = []
    for entry in TEXTS.entries():
        limits = call_limits(entry.plugin, config.providers.get(entry.name, USUAL))
        variables = key_variables(entry.name, entry.plugin).values()
        card = TextSourceCard(
            name=entry.name,
            what=(getdoc(entry.plugin) or "").partition("\n")[0],
            kinds=tuple(str(kind) for kind in getattr(entry.plugin, "kinds", ())),
            keys={variable: bool(environment.get(variable)) for variable in variables},
            calls=tuple(
                f"{limit.calls} {_TIMES.get(limit.per_s, f'in {limit.per_s:g} s')}" for limit in limits
            ),
            publication_delay_s=getattr(entry.plugin, "publication_delay_s", None),
            stored=entry.name in stored,
        )
        cards.append(card)
    return cards


def make_text_source(config: TradewindConfig, name: str) -> TextSource:
    """A source of texts by name, with its limits, address and keys; it shares them with its prices.

    Raises
    ------
    RegistryError
        There is none of that name.
    """
    factory, vendor = TEXTS.get(name), config.providers.get(name, USUAL)
    if "feed" not in signature(factory).parameters:
        vendor = vendor.model_copy(update={"feed": ""})  # it is said of its prices
    return factory(**source_arguments(config, name, factory, vendor, answers=False))


def sources_to_ask(config: TradewindConfig, names: Sequence[str]) -> list[str]:
    """The sources that are named; where none is, those of the package whose keys are set.

    Raises
    ------
    RegistryError
        One that is named does not exist.
    ConfigError
        None is named and no key is set; it says which variables there are.
    """
    if names:
        return [TEXTS.entry(name).name for name in dict.fromkeys(names)]
    cards = text_sources(config)
    own = set(TEXTS.active())
    ready = [card.name for card in cards if card.ready and card.name in own]
    if not ready:
        variables = ", ".join(variable for card in cards for variable in card.keys)
        raise ConfigError(
            "No source of texts has its key.", f"Set one of: {variables}; or name one by --source."
        )
    return ready


def fetch_texts(
    config: TradewindConfig,
    names: Sequence[str],
    request: TextRequest,
    on_progress: Progress | None = None,
) -> list[Fetched]:
    """Fetch from one source after the other into the store, page by page; one that fails stops no other.

    Raises
    ------
    ConfigError
        A source that is named alone cannot be asked such a question.
    StoreError
        The store refuses; what it held before is untouched.
    """
    Home(config.home).make()
    store = home_store(config)
    found: list[Fetched] = []
    for number, name in enumerate(names):
        tell = partial(_told, on_progress, number, len(names), name)
        try:
            found.append(_fetch(config, name, request, store, tell))
        except ConfigError as error:
            if len(names) == 1:
                raise
            found.append(Fetched(name, error=str(error)))
        tell(_STEPS, "")
    return found


def shown_texts(
    config: TradewindConfig,
    as_of_ns: int,
    *,
    symbol: str = "",
    query: str = "",
    sources: Sequence[str] = (),
    start_ns: int | None = None,
    end_ns: int | None = None,
    published: bool = False,
) -> list[ShownText]:
    """Stored texts as they could be known at a moment, the first known first, each with its story.

    ``symbol`` keeps those that a source says are about it, or that have it as a word; ``query`` those that
    have each of its words. ``published`` trusts platforms that stamp posts themselves, with the delay that
    each states.

    Raises
    ------
    RegistryError
        There is no source of a name in ``sources``, and nothing of it is stored.
    StoreError, CorruptFileError
        As in :func:`tradewind.store.texts.texts_as_of`.
    """
    store = home_store(config)
    for name in set(sources) - set(stored_sources(store)):
        TEXTS.entry(name)
    told = {entry.name: getattr(entry.plugin, "publication_delay_s", None) for entry in TEXTS.entries()}
    delays_s = {name: delay for name, delay in told.items() if delay is not None} if published else {}
    read = texts_as_of(store, as_of_ns, sources=sources, start_ns=start_ns, end_ns=end_ns, delays_s=delays_s)
    kept = [known for known in read if _is_about(known.item, symbol) and _has_words(known.item, query)]
    stories = story_numbers(kept)
    return [ShownText(known, kept[first].item.id) for known, first in zip(kept, stories, strict=True)]


def forget(config: TradewindConfig, source: str, text_id: str, clock: Clock | None = None) -> int:
    """Take a text out of the store, and out of what is remembered of its source's answers; how many states.

    A tombstone stays, so that it does not come back. Answers and payloads put aside hold texts as they came,
    so all those of the source go.

    Raises
    ------
    RegistryError
        There is no such source, and nothing of it is stored.
    StoreError, CorruptFileError
        As in :func:`tradewind.store.texts.forget_text`.
    """
    Home(config.home).make()
    store, now = home_store(config), clock or WallClock()
    if source not in stored_sources(store):
        TEXTS.entry(source)
    removed = forget_text(store, source, clean_id(text_id), now.now_ns())
    _clear_answers(_folder(config, source), source, now)
    return removed


def _fetch(
    config: TradewindConfig,
    name: str,
    request: TextRequest,
    store: Tables,
    tell: Callable[[int, str], None],
) -> Fetched:
    source, clock = make_text_source(config, name), WallClock()
    found, waiting = Fetched(name), list[TextItem]()
    try:
        for page in _plain(config, name, source.texts(request), clock):
            waiting += page.items
            found = _with_page(found, page)
            if len(waiting) >= _BATCH or page.deleted:
                found = _kept(store, found, waiting)
            for text_id in page.deleted:
                forget_text(store, name, text_id, clock.now_ns())
            tell(min(found.pages, _STEPS - 1), f"page {found.pages}")
    except (DataError, UnknownSymbolError) as error:
        found = replace(found, error=str(error))
    finally:
        if isinstance(source, SupportsClose):
            source.close()
        found = _kept(store, found, waiting)
    _clear_old_answers(config, name, clock, all_of_them=found.deleted > 0)
    return found


def _kept(store: Tables, found: Fetched, waiting: list[TextItem]) -> Fetched:
    """The count with what was waiting put into the store; pages wait, for a write rewrites a month."""
    items, waiting[:] = list(waiting), []
    kept = add_texts(store, items)
    return replace(
        found,
        new=found.new + kept.new,
        changed=found.changed + kept.changed,
        same=found.same + kept.same,
        forgotten=found.forgotten + kept.forgotten,
    )


def _plain(config: TradewindConfig, name: str, pages: Iterator[TextPage], clock: Clock) -> Iterator[TextPage]:
    """The pages of a source; those of one from outside are cleaned as ours are."""
    if not TEXTS.entry(name).outside:
        yield from pages
        return
    pseudonyms = Pseudonyms(_folder(config, name))
    for page in pages:
        items: list[TextItem] = []
        refused = list(page.refused)
        for item in page.items:
            try:
                items.append(recleaned(item, name, clock.now_ns(), pseudonyms))
            except UnusableTextError as error:
                refused.append(RefusedText(clean_id(item.id), error.message))
        yield replace(page, items=tuple(items), refused=tuple(refused))


def _with_page(found: Fetched, page: TextPage) -> Fetched:
    return replace(
        found,
        pages=found.pages + 1,
        deleted=found.deleted + len(page.deleted),
        refused=(*found.refused, *page.refused),
        more=page.more,
    )


def _told(on_progress: Progress | None, number: int, count: int, name: str, step: int, note: str) -> None:
    if on_progress is not None:
        on_progress(number * _STEPS + step, count * _STEPS, f"{name} {note}".strip())


def _is_about(item: TextItem, symbol: str) -> bool:
    if not symbol:
        return True
    base = canonical_symbol(symbol_of(symbol)).partition("/")[0]
    named = {part for one in item.symbols for part in (one, one.rpartition(":")[2], one.partition("/")[0])}
    return base in named or names_word(f"{item.title}\n{item.body}", base)


def _has_words(item: TextItem, query: str) -> bool:
    text = f"{item.title}\n{item.body}"
    return all(names_word(text, word) for word in query.split())


def _clear_answers(folder: Path, source: str, clock: Clock) -> None:
    if (folder / _ANSWERS).exists():
        ResponseCache(folder / _ANSWERS, source, clock).clear()
    Quarantine(folder / "quarantine", source, clock).clear()


def _clear_old_answers(config: TradewindConfig, name: str, clock: Clock, *, all_of_them: bool) -> None:
    """Answers hold names as they came: none is kept longer than a day, or than it may be used."""
    folder = _folder(config, name)
    if all_of_them:
        _clear_answers(folder, name, clock)
    elif (folder / _ANSWERS).exists():
        asked_s = config.providers.get(name, USUAL).cache_ttl_s or 0.0
        ResponseCache(folder / _ANSWERS, name, clock).clear(older_than_s=max(asked_s, PER_DAY))


def _folder(config: TradewindConfig, name: str) -> Path:
    return config.home / "providers" / name
