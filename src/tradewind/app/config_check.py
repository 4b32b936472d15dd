"""Everything that can be refused before any work: names, spans, settings of every room, models' parameters.

``tradewind config check`` runs it, and so does everything that fits models or trades, before it begins.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from tradewind.alphas.parameter_types import check_parameters
from tradewind.alphas.registry import MODELS
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import ResearchConfig, SessionConfig, TradewindConfig
from tradewind.app.located import instruments_at as _instruments
from tradewind.app.located import known as _known
from tradewind.app.located import located as _at
from tradewind.app.market.bus import check_redis
from tradewind.app.market.live_streams import is_history
from tradewind.app.market.names import InstrumentNames
from tradewind.app.market.opened_store import check_postgres
from tradewind.app.market.standby import check_live_pace, check_live_sources
from tradewind.app.market.vendor_check import check_vendors
from tradewind.app.market.workspace import instrument_names
from tradewind.app.research.candidates import plan_from
from tradewind.app.research.models import candidates
from tradewind.app.session.gauges import CRYPTO_GAUGE
from tradewind.app.session.strategies import ONLY
from tradewind.app.session.universe_config import AT as UNIVERSE_AT
from tradewind.app.session.wiring import SECOND_GATE, build_reducer, build_venue
from tradewind.app.strategy_check import check_decision, check_own, factor_at
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.plugins import use_folders
from tradewind.core.registry import Registry
from tradewind.core.settings import Location, dotted
from tradewind.core.vocabulary import FeedKind
from tradewind.data.calendars import trading_calendar
from tradewind.data.policy.addresses import check_address
from tradewind.data.quality.finding import RULES as QUALITY_RULES
from tradewind.data.registry import PROVIDERS, STREAMS
from tradewind.data.universe.screening import filter_settings
from tradewind.data.venues import describing_venues
from tradewind.validation.spans import Span, parse_span

MOST_YEARS = 100
MOST_BARS = 50_000
MOST_WORKERS = 256
_DAYS = {"y": 365.25, "mo": 30.4375, "w": 7.0, "d": 1.0, "h": 1 / 24}


def check_config(config: TradewindConfig) -> None:
    """Refuse what could not run.

    Raises
    ------
    ConfigError, RegistryError, UnknownSymbolError
        Names the setting, the value, and the line or variable that it came from.
    """
    try:
        _check_plugins(config)
        names = instrument_names(config)
        _check_calendars(config)
        _check_symbols(config.session, config.research, names)
        _check_models(config.session, config.research)
        _known(PROVIDERS, config.provider, ("provider",))
        for index, name in enumerate(config.fallbacks):
            _known(PROVIDERS, name, ("fallbacks", index))
        check_vendors(config.providers)
        _check_universe(config.session)
        check_redis(config)
        check_postgres(config)
        _check_live(config, names)
        _check_compute(config.compute)
        _check_spans(config.research)
        _check_rooms(config, names)
    except TradewindError as error:
        config.place(error)
        raise


def _check_plugins(config: TradewindConfig) -> None:
    """Folders of plug-ins that are there; a file in them that cannot be imported stops nothing."""
    for index, folder in enumerate(config.plugins):
        if not folder.is_dir():
            message = f"plugins.{index}: there is no folder {folder}."
            raise ConfigError(message, "Make it, or name another.", location=("plugins", index))
    use_folders(config.plugins)
    for index, name in enumerate(config.quality_rules):
        _known(QUALITY_RULES, name, ("quality_rules", index))


def _check_calendars(config: TradewindConfig) -> None:
    """Calendars that the configuration names for instruments of its own exist."""
    for text, given in config.instruments.items():
        if given.calendar:
            start = config.session.window.start_ns
            _at(
                ("instruments", text, "calendar"), partial(trading_calendar, given.calendar, start, start + 1)
            )


def _check_symbols(session: SessionConfig, research: ResearchConfig, names: InstrumentNames) -> None:
    """Symbols that are known, named once however they are written, and tradable where they are traded."""
    lists = (("research", research.symbols), ("session", session.symbols))
    for section, symbols in lists:
        found = _instruments(symbols, (section, "symbols"), names)
        if len(found) < len(symbols):
            message = f"{section}.symbols names an instrument twice: {', '.join(symbols)}."
            raise ConfigError(message, "Write each once.", location=(section, "symbols"))
        watched = [one.symbol for one in found.values() if not one.tradable]
        if watched and section == "session":
            message = f"session.symbols has {watched[0]}, which can be watched but not traded."
            raise ConfigError(message, "Put it into session.gauges.", location=(section, "symbols"))
    for index, strategy in enumerate(session.strategies):
        at = _strategy_at(index, "symbols")
        own = _instruments(strategy.symbols, at, names).values()
        watched = [one.symbol for one in own if not one.tradable]
        if watched:
            message = f"{dotted(at)} has {watched[0]}, which can be watched but not traded."
            raise ConfigError(message, "Put it into session.gauges.", location=at)
    gauges = _instruments(session.gauges, ("session", "gauges"), names)
    if len(gauges) < len(session.gauges):
        message = f"session.gauges names an instrument twice: {', '.join(session.gauges)}."
        raise ConfigError(message, "Write each once.", location=("session", "gauges"))
    _check_currencies(session, names)


def _check_currencies(session: SessionConfig, names: InstrumentNames) -> None:
    """Each currency that is paid in has a pair with the base currency, or nothing in it can be valued."""
    base = session.base_currency
    own = [strategy.symbols or session.symbols for strategy in session.strategies] or [session.symbols]
    traded = names.named(symbol for symbols in own for symbol in symbols)
    pairs = [instrument.symbol.split("/") for instrument in traded.values()]
    known = {base, *(part for pair in pairs for part in pair if base in pair)}
    for instrument in traded.values():
        if instrument.quote_currency not in known:
            message = (
                f"session.symbols has {instrument.symbol}, which is paid in {instrument.quote_currency}, and "
                f"no pair that values it in {base}."
            )
            pair = f"Add a pair of {base} and {instrument.quote_currency}, or change session.base_currency."
            raise ConfigError(message, pair, location=("session", "base_currency"))


def _check_universe(session: SessionConfig) -> None:
    """Filters that exist, with settings that they have."""
    if session.universe is not None:
        filter_settings(session.universe.filters, UNIVERSE_AT)


def _check_live(config: TradewindConfig, names: InstrumentNames) -> None:
    """A live feed that exists, symbols of its venue where it has one, and others that can stand by."""
    session = config.session
    for name, url in (("url", session.live.url), ("rest_url", session.live.rest_url)):
        if url:
            _at(("session", "live", name), partial(check_address, url))
    check_live_sources(session.live)
    if session.feed is not FeedKind.LIVE:
        return
    sources: Registry[Any] = PROVIDERS if is_history(session.live.stream) else STREAMS
    venue = str(getattr(sources.get(session.live.stream), "venue", ""))
    for index, strategy in enumerate(session.strategies):
        if strategy.timeframe != session.live.timeframe:
            message = (
                f"The strategy {strategy.name} decides on {strategy.timeframe} bars, and the live feed has "
                f"{session.live.timeframe}."
            )
            place = _strategy_at(index, "timeframe")
            raise ConfigError(message, "Give all the timeframe of session.live.", location=place)
    own = [strategy.symbols or session.symbols for strategy in session.strategies] or [session.symbols]
    traded = names.named(text for symbols in own for text in symbols)
    check_live_pace(config, len(traded))
    for instrument in traded.values():
        if venue and instrument.venue != venue:
            message = f"session.symbols has {instrument.id}, and {session.live.stream} streams {venue} alone."
            pair = f"Write pairs such as BTC/USDT.{venue}, or session.feed: recorded."
            raise ConfigError(message, pair, location=("session", "symbols"))


def _check_models(session: SessionConfig, research: ResearchConfig) -> None:
    trained = _trained(research)
    for section, names in (("research", trained), ("session", session.models)):
        for index, name in enumerate(names):
            _known(MODELS, name, (section, "models", index))
    for index, strategy in enumerate(session.strategies):
        for name in strategy.models:
            _known(MODELS, name, _strategy_at(index, "models"))
    for name, given in research.model_parameters.items():
        at = ("research", "model_parameters", name)
        # They are told from the model's declaration: nobody needs its library before it is to learn.
        check_parameters(name, _at(at, partial(MODELS.entry, name)).plugin, given, at)
    _at(("research", "model_parameters"), lambda: candidates(trained, {}))
    for index, name in enumerate(research.factors):
        factor_at(name, ("research", "factors", index))


def _trained(research: ResearchConfig) -> tuple[str, ...]:
    """The models to look up: of those that nobody named, a missing library is said where it is needed."""
    if "models" in research.model_fields_set:
        return research.models
    missing = {entry.name for entry in MODELS.entries() if entry.missing()}
    return tuple(name for name in research.models if name not in missing)


def _check_compute(setting: str) -> None:
    def make() -> None:
        mapper = mapper_from(setting)
        workers = getattr(mapper, "workers", 1)
        if workers > MOST_WORKERS:
            message = f"compute asks for {workers} processes."
            raise ConfigError(message, f"Ask for at most {MOST_WORKERS}.")

    _at(("compute",), make)


def _check_spans(research: ResearchConfig) -> None:
    """Spans that are spans, not longer than a century, and of which at least one fold fits the window."""
    spans = {
        name: _span(getattr(research, name), name)
        for name in ("train", "validation", "test", "step", "embargo")
    }
    _at(("research",), lambda: plan_from(research))
    days = {name: span.count * _DAYS[span.unit] for name, span in spans.items() if span.unit in _DAYS}
    window = (research.window.end_ns - research.window.start_ns) / 86_400e9
    needed = sum(days.get(name, 0.0) for name in ("train", "validation"))
    if needed >= window:
        message = (
            f"research.window has {window:,.0f} days, training and validation alone take {needed:,.0f}: "
            "not one fold fits."
        )
        raise ConfigError(message, "Widen the window or shorten train.", location=("research", "window"))
    if "step" in days and "test" in days and days["step"] < days["test"]:
        message = f"research.step of {research.step} is shorter than a test slice of {research.test}."
        raise ConfigError(message, "Make it at least as long.", location=("research", "step"))
    if "embargo" in days and "train" in days and days["embargo"] >= days["train"]:
        message = f"research.embargo of {research.embargo} leaves nothing of {research.train} of training."
        raise ConfigError(message, "Make it a few days.", location=("research", "embargo"))


def _span(text: str, name: str) -> Span:
    at = ("research", name)
    span = _at(at, lambda: parse_span(text))
    days = span.count * _DAYS.get(span.unit, 0.0)
    if days > MOST_YEARS * 366 or span.count > MOST_BARS * 24:
        message = f"{dotted(at)} is {text}, which is longer than {MOST_YEARS} years."
        raise ConfigError(message, "Shorten it.", location=at)
    return span


def _check_rooms(config: TradewindConfig, names: InstrumentNames) -> None:
    """Settings of limits, breakers, planner, venue and strategy, and every name in them."""
    instruments = list(names.named(config.session.symbols).values())
    _at(
        ("venue",),
        lambda: build_venue([], config.venue, calendars={}, last_look=config.risk.get(SECOND_GATE)),
    )
    strategies = [check_decision(names, config.decision, instruments, "1d", ("decision",))]
    for index, one in enumerate(config.session.strategies):
        symbols = one.symbols or config.session.symbols
        own = list(_instruments(symbols, _strategy_at(index, "symbols"), names).values())
        if one.use:
            check_own(one, symbols, config.risk, names, ("session", "strategies", index))
            continue
        at = _strategy_at(index, "decision")
        check_decision(names, {**config.decision, **one.decision}, own, one.timeframe, at)
    for name, given in config.risk.items():
        _check_named(given, ("risk", name), names, config.session)
    # Without instruments no calendar is needed: what is checked here are names and settings.
    build_reducer([], strategies, config.risk, planner=config.planner, calendars={})
    _check_halts(config.venue, names)


def _check_halts(venue: Mapping[str, Any], names: InstrumentNames) -> None:
    for index, halt in enumerate(venue.get("halts", ())):
        at = ("venue", "halts", index)
        _instruments([halt["instrument_id"]], at, names)
        if halt["start_ns"] >= halt["end_ns"]:
            message = f"{dotted(at)} ends at {halt['end_ns']}, not after its start at {halt['start_ns']}."
            raise ConfigError(message, "Write start_ns before end_ns.", location=at)


def _strategy_at(index: int, key: str) -> Location:
    return ("session", "strategies", index, key)


def _check_named(
    given: Mapping[str, Any], at: Location, names: InstrumentNames, session: SessionConfig
) -> None:
    """The instruments, venues and strategies that a rule or a breaker names."""
    if isinstance(given.get("by_id"), Mapping):
        for text in given["by_id"]:
            _instruments([text], (*at, "by_id", text), names)
    venues = {one.venue for one in names.known.values()} | set(describing_venues())
    strategies = {one.name for one in session.strategies} or {ONLY}
    for key, known in (("by_venue", venues), ("by_strategy", strategies)):
        given_by = given.get(key)
        for text in given_by if isinstance(given_by, Mapping) else ():
            if text not in known:
                message = f"{dotted((*at, key, text))}: there is none of that name."
                raise ConfigError(
                    message, f"Known are: {', '.join(sorted(known))}.", location=(*at, key, text)
                )
    if isinstance(given.get("blocked"), list | tuple):
        _instruments(given["blocked"], (*at, "blocked"), names)
    if isinstance(given.get("gauge"), str) and given["gauge"] != CRYPTO_GAUGE:
        _instruments([given["gauge"]], (*at, "gauge"), names)
