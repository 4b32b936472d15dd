"""What a command line asks of a session, as settings of the configuration."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.alphas.registry import MODELS
from tradewind.app.config import TradewindConfig
from tradewind.app.environment import Option
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.models import DEMO_CAPS
from tradewind.app.session.imported_window import imported_days
from tradewind.app.session.settings import file_and_class
from tradewind.app.session.signal_file import TABLES, read_signals
from tradewind.app.session.strategies import ONLY, strategies_of
from tradewind.app.yaml_lines import read_word
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.vocabulary import FeedKind
from tradewind.data.registry import STREAMS

STRATEGIES = ("session", "strategies")
ASKED_FOR = "asked for on the command line"


@dataclass(frozen=True)
class Asked:
    """Options of a session; None is not given, and leaves what is configured.

    ``strategy`` is ``FILE.py``, ``FILE.py:CLASS`` or a table of signals, from the working folder;
    ``parameters`` are ``name=value``.
    """

    symbols: Sequence[str] | None = None
    models: Sequence[str] | None = None
    start: str | None = None
    end: str | None = None
    strategy: str | None = None
    parameters: Sequence[str] = ()
    timeframe: str | None = None
    cash: float | None = None
    quick: bool = False
    override: bool = False
    live: bool = False
    url: str = ""
    rest_url: str = ""
    broker: str = ""


def with_asked(config: TradewindConfig, asked: Asked) -> TradewindConfig:
    """The configuration with what is asked for on top of it; whether names exist is looked up later.

    Raises
    ------
    ConfigError
        A value is wrong; it names the option.
    DataError
        The table of signals cannot be read.
    """
    changed = config.changed_by(list(_of_session(config, asked)))
    changed = changed.changed_by(list(_of_strategies(changed, asked))).changed_by(list(_caps(config, asked)))
    return changed.changed_by(list(_days(changed, asked)))


def _days(config: TradewindConfig, asked: Asked) -> Iterator[Option]:
    """The window; an end that nobody says is that of the imported bars, where there are such."""
    given = {end: day for end, day in (("start", asked.start), ("end", asked.end)) if day is not None}
    for end, day in given.items():
        yield Option(f"--{end}", ("session", "window", end), day)
    if len(given) == 1 and not config.is_said(("session", "window")):
        try:
            days = imported_days(config, strategies_of(config), open_workspace(config))
        except TradewindError:
            return  # said by name where the whole configuration is looked through
        (said,) = given
        for end in days.keys() - given:
            yield Option(f"--{said}", ("session", "window", end), days[end])


def _of_session(config: TradewindConfig, asked: Asked) -> Iterator[Option]:
    given = {
        "symbols": None if asked.symbols is None else list(asked.symbols),
        "models": None if asked.models is None else _some(asked.models),
        "cash": asked.cash,
    }
    for name, value in given.items():
        if value is not None:
            yield Option(f"--{name}", ("session", name), value)
    if asked.override:
        yield Option("--override-gate", ("session", "override_gate"), True)
        yield Option("--override-gate", ("session", "override_reason"), ASKED_FOR)
    if asked.live:
        yield Option("--live", ("session", "feed"), FeedKind.LIVE)
    if asked.broker:
        yield Option("--broker", ("session", "broker", "name"), asked.broker)
        if asked.broker in STREAMS.names() and not config.is_said(("session", "live", "stream")):
            yield Option("--broker", ("session", "live", "stream"), asked.broker)
    for name, url in (("url", asked.url), ("rest_url", asked.rest_url)):
        if url:
            yield Option(f"--{name.replace('_', '-')}", ("session", "live", name), url)


def _some(models: Sequence[str]) -> list[str]:
    if not models:
        message = "--models names no model."
        raise ConfigError(message, "Write some, as --models logistic,lightgbm, or leave it out.")
    return list(models)


def _of_strategies(config: TradewindConfig, asked: Asked) -> Iterator[Option]:
    """What is asked of the strategies: another one in their place, or other symbols, models, bars of each."""
    live = config.session.feed is FeedKind.LIVE
    count = len(config.session.strategies)
    if asked.strategy is not None:
        count = 1
        given: dict[str, Any] = {"use": _absolute(asked.strategy)}
        if live:
            given["timeframe"] = asked.timeframe or config.session.live.timeframe
        yield Option("--strategy", STRATEGIES, [given])
        if asked.symbols is None and (symbols := _symbols_of(asked.strategy) or _imported(config)):
            yield Option("--strategy", ("session", "symbols"), symbols)
    elif asked.timeframe is not None and not count and not live:
        count = 1
        yield Option("--timeframe", STRATEGIES, [{"name": ONLY}])
    if asked.timeframe is not None and live:
        yield Option("--timeframe", ("session", "live", "timeframe"), asked.timeframe)
    for index in range(count):
        if asked.timeframe is not None:
            yield Option("--timeframe", (*STRATEGIES, index, "timeframe"), asked.timeframe)
        if asked.models is not None:
            yield Option("--models", (*STRATEGIES, index, "models"), list(asked.models))
        if asked.symbols is not None and asked.strategy is None:
            yield Option("--symbols", (*STRATEGIES, index, "symbols"), [])
    yield from _parameters(config, asked)


def _parameters(config: TradewindConfig, asked: Asked) -> Iterator[Option]:
    """Parameters of the one own strategy that there is; ConfigError where there is none, or several."""
    own = [index for index, one in enumerate(config.session.strategies) if one.use]
    if asked.strategy is not None:
        own = [0]
    if asked.parameters and len(own) != 1:
        message = f"--param {asked.parameters[0]} is of an own strategy, and the session has {len(own)}."
        raise ConfigError(message, "Name one with --strategy FILE.py.")
    for text in asked.parameters:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            message = f"--param {text} is no name=value."
            raise ConfigError(message, "Write it as --param fast=10.")
        at = (*STRATEGIES, own[0], "parameters", name.strip())
        yield Option("--param", at, read_word(value.strip(), f"--param {name.strip()}"))


def _caps(config: TradewindConfig, asked: Asked) -> Iterator[Option]:
    """Fewer trees and epochs, where the configuration does not say how many."""
    if not asked.quick:
        return
    missing = {entry.name for entry in MODELS.entries() if entry.missing()}
    for model in (name for name in DEMO_CAPS if name not in missing):
        configured = config.research.model_parameters.get(model, {})
        for name, value in DEMO_CAPS[model].items():
            if name not in configured:
                yield Option("--quick", ("research", "model_parameters", model, name), value)


def caps_said(config: TradewindConfig, models: Sequence[str]) -> list[str]:
    """What ``--quick`` caps of the models that a session hears, in words; nothing where it was not given."""
    said = []
    for model in dict.fromkeys(models):
        parameters = config.research.model_parameters.get(model, {})
        capped = {
            name: value
            for name, value in parameters.items()
            if config.option_at(("research", "model_parameters", model, name)) == "--quick"
        }
        if capped:
            counts = ", ".join(f"{value} {name}" for name, value in capped.items())
            said.append(f"Capped: {model} has {counts}.")
    return said


def _absolute(use: str) -> str:
    """The file from the working folder as a whole path, with its class."""
    path, name = file_and_class(use)
    return f"{path.absolute()}:{name}" if name else str(path.absolute())


def _imported(config: TradewindConfig) -> list[str]:
    """What the home has imported, for an own strategy of a session that names no symbols."""
    if config.session.feed is FeedKind.LIVE or config.is_said(("session", "symbols")):
        return []
    try:
        return sorted(open_workspace(config).imported)
    except TradewindError:
        return []  # said by name where the whole configuration is looked through


def _symbols_of(use: str) -> list[str]:
    """What a table of signals speaks of; nothing of a class, or of a file that is not there."""
    path = Path(use)
    return list(read_signals(path)) if path.suffix.lower() in TABLES and path.is_file() else []
