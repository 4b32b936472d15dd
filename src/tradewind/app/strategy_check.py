"""A strategy of the configuration looked through: its file, its settings, and every name in them."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import msgspec

from tradewind.app.located import instruments_at, known, located
from tradewind.app.market.names import InstrumentNames
from tradewind.app.session.own_code import own_code
from tradewind.app.session.parts import own_sizing
from tradewind.app.session.settings import StrategyConfig, file_and_class
from tradewind.app.session.signal_file import TABLES, read_signals
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.instruments import AssetClass, Instrument, class_group, find_instrument
from tradewind.core.settings import Location, dotted, read_settings
from tradewind.ensemble.filter_registry import FILTERS
from tradewind.ensemble.regime import PROFILES
from tradewind.ensemble.registry import BLENDS
from tradewind.factors.plan import make_plan
from tradewind.portfolio.sizing import SizingSettings
from tradewind.strategies.forecast_blend import ForecastStrategy
from tradewind.strategies.settings import Pace, StrategySettings

CLASSES = sorted({class_group(kind) for kind in AssetClass})


def check_own(
    strategy: StrategyConfig,
    symbols: Iterable[str],
    risk: Mapping[str, Mapping[str, object]],
    names: InstrumentNames,
    here: Location,
) -> None:
    """An own strategy is there, can be made with its parameters, and reads factors that exist."""
    try:
        code = own_code(strategy)
    except TradewindError as error:
        # A parameter knows its own name, not where the strategy stands.
        at = (*here, *(error.location or ("use",)))
        error.location, error.message = at, f"{dotted(at)}: {error.message}"
        raise
    located((*here, "use"), partial(make_plan, code.factors))
    _check_signals(strategy, symbols, names, (*here, "use"))
    decision = (*here, "decision")
    for key in strategy.decision.keys() - {"sizing"}:
        message = (
            f"{dotted((*decision, key))} is of the forecast blend; a strategy of your own decides itself."
        )
        raise ConfigError(message, "Leave it out; decision.sizing alone counts.", location=(*decision, key))
    read_settings(SizingSettings, own_sizing(risk, strategy.decision), None, (*decision, "sizing"))


def _check_signals(
    strategy: StrategyConfig, symbols: Iterable[str], names: InstrumentNames, at: Location
) -> None:
    """A table of signals speaks of instruments that exist, and of one at least that is traded."""
    path, _ = file_and_class(strategy.use)
    if path.suffix.lower() not in TABLES:
        return
    spoken, traded = instruments_at(read_signals(path), at, names), names.named(symbols)
    if not spoken.keys() & traded.keys():
        message = f"{dotted(at)}: {path.name} speaks of {', '.join(spoken)}, traded is {', '.join(traded)}."
        raise ConfigError(message, "Give the strategy the symbols of the table.", location=at)


def check_decision(
    names: InstrumentNames,
    given: Mapping[str, Any],
    instruments: list[Instrument],
    timeframe: str,
    at: Location,
) -> ForecastStrategy:
    """A strategy's settings, and every name in them."""
    settings = read_settings(StrategySettings, given, None, at)
    _check_names(settings, names, at)
    by_id = {instrument.id: instrument for instrument in instruments}
    named = {group: find_instrument(by_id, text).id for group, text in settings.references.items()}
    settings = msgspec.structs.replace(settings, references=named)
    paces = dict.fromkeys(by_id, Pace(252.0, 1.0))  # any: nothing is sized
    return located(
        at,
        lambda: ForecastStrategy(
            instruments, (), {}, lambda *_: "", settings, paces=paces, timeframe=timeframe
        ),
    )


def _check_names(settings: StrategySettings, names: InstrumentNames, here: Location) -> None:
    known(BLENDS, settings.blend.method, (*here, "blend", "method"))
    known(PROFILES, settings.regime.profile, (*here, "regime", "profile"))
    for index, name in enumerate(settings.filters.filters):
        place = (*here, "filters", "filters", index)
        known(FILTERS, name, place)
        for factor in FILTERS.entry(name).factors:
            factor_at(factor, place)
    usual, read = type(settings.filters.names)(), settings.filters.names
    for key in read.__struct_fields__:
        if getattr(read, key) != getattr(usual, key):
            factor_at(getattr(read, key), (*here, "filters", "names", key))
    for group, symbol in settings.references.items():
        at = (*here, "references", group)
        if group not in CLASSES:
            message = f"{dotted(at)}: there is no class of instruments called {group!r}."
            raise ConfigError(message, f"Known are: {', '.join(CLASSES)}.", location=at)
        instruments_at([symbol], at, names)


def factor_at(name: str, at: Location) -> None:
    """A factor that is known, or of a family that takes such parameters."""
    located(at, partial(make_plan, [name]))
