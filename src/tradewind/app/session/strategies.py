"""The strategies of a session with every default filled in, and what each group of models has to learn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tradewind.app.config import TradewindConfig
from tradewind.app.market.workspace import instrument_names
from tradewind.app.session.own_code import own_code
from tradewind.app.session.settings import StrategyConfig
from tradewind.core.market import Timeframe
from tradewind.core.vocabulary import FeedKind
from tradewind.data.reference.names import LATEST_NS

ONLY = "blend"
"""Name of the strategy of a session that names none."""


@dataclass(frozen=True)
class Lesson:
    """A group of models: instruments whose bars of ``timeframe`` it learns from, and its horizon."""

    timeframe: str
    horizon_bars: int
    symbols: tuple[str, ...]
    models: tuple[str, ...]


def strategies_of(config: TradewindConfig) -> tuple[StrategyConfig, ...]:
    """The session's strategies, each with its own symbols (as instrument ids), models and horizon."""
    session, names = config.session, instrument_names(config)
    live = session.feed is FeedKind.LIVE
    at_ns = LATEST_NS if live else session.window.end_ns - 1
    usual = session.live.timeframe if live else StrategyConfig.model_fields["timeframe"].default
    given = session.strategies or (StrategyConfig(name=ONLY, timeframe=usual),)
    return tuple(
        strategy.model_copy(
            update={
                "symbols": tuple(names.named(strategy.symbols or session.symbols, at_ns)),
                "models": _models_of(strategy, session.models or config.research.models),
                "horizon_bars": strategy.horizon_bars or config.research.horizon_bars,
                "decision": {**config.decision, **strategy.decision},
            }
        )
        for strategy in given
    )


def _models_of(strategy: StrategyConfig, usual: tuple[str, ...]) -> tuple[str, ...]:
    """An own strategy hears only what it or the configuration names; the blend hears all."""
    if strategy.use:
        return strategy.models or own_code(strategy).models
    return strategy.models or usual


def lessons(strategies: Iterable[StrategyConfig]) -> list[Lesson]:
    """What is learned once for all strategies that decide on the same bars over the same horizon."""
    groups: dict[tuple[str, int], tuple[dict[str, None], dict[str, None]]] = {}
    for strategy in strategies:
        if not strategy.models:
            continue
        symbols, models = groups.setdefault((strategy.timeframe, strategy.horizon_bars), ({}, {}))
        symbols |= dict.fromkeys(strategy.symbols)
        models |= dict.fromkeys(strategy.models)
    return [Lesson(*key, tuple(symbols), tuple(models)) for key, (symbols, models) in groups.items()]


def series_wanted(strategies: Iterable[StrategyConfig]) -> Mapping[str, tuple[str, ...]]:
    """Instruments by the timeframe on which some strategy decides, the shortest timeframe first."""
    wanted: dict[str, dict[str, None]] = {}
    for strategy in strategies:
        wanted.setdefault(strategy.timeframe, {}).update(dict.fromkeys(strategy.symbols))
    order = sorted(wanted, key=lambda timeframe: Timeframe(timeframe).length_ns)
    return {timeframe: tuple(wanted[timeframe]) for timeframe in order}


def own_factors(strategies: Iterable[StrategyConfig]) -> tuple[str, ...]:
    """Factors that own strategies read by name."""
    return tuple(name for strategy in strategies if strategy.use for name in own_code(strategy).factors)
