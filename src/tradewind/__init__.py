"""Tradewind: from raw market data to orders that are sized, checked, executed, recorded and explained.

What a strategy of one's own needs, in one place::

    import tradewind as tw

    outcome = tw.run_strategy(MyStrategy(), [instrument], bars, cash=Decimal(100_000))

Names are loaded when they are first used, so that importing the package stays quick. This is a face, as the
command line is: nothing inside the package imports it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from tradewind.core.version import VERSION

if TYPE_CHECKING:
    from tradewind.app.session.own_strategy import Outcome, run_strategy
    from tradewind.core.book import Book
    from tradewind.core.decisions import DecisionMade
    from tradewind.core.errors import TradewindError
    from tradewind.core.events import AnyEvent
    from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
    from tradewind.core.market import Bar, Event, Quote
    from tradewind.core.protection import ProtectionSettings
    from tradewind.data.importing.frames import bars_of_frame
    from tradewind.strategies.own.moment import Holding, Moment
    from tradewind.strategies.own.signals import Signals
    from tradewind.strategies.own.strategy import Strategy, Target

__version__ = VERSION

__all__ = [
    "AnyEvent",
    "AssetClass",
    "Bar",
    "Book",
    "DecisionMade",
    "Event",
    "FeeSchedule",
    "Holding",
    "Instrument",
    "Moment",
    "Outcome",
    "ProtectionSettings",
    "Quote",
    "Signals",
    "Strategy",
    "Target",
    "TradewindError",
    "__version__",
    "bars_of_frame",
    "run_strategy",
]

_HOMES = {
    "AnyEvent": "tradewind.core.events",
    "AssetClass": "tradewind.core.instruments",
    "Bar": "tradewind.core.market",
    "Book": "tradewind.core.book",
    "DecisionMade": "tradewind.core.decisions",
    "Event": "tradewind.core.market",
    "FeeSchedule": "tradewind.core.instruments",
    "Holding": "tradewind.strategies.own.moment",
    "Instrument": "tradewind.core.instruments",
    "Moment": "tradewind.strategies.own.moment",
    "Outcome": "tradewind.app.session.own_strategy",
    "ProtectionSettings": "tradewind.core.protection",
    "Quote": "tradewind.core.market",
    "Signals": "tradewind.strategies.own.signals",
    "Strategy": "tradewind.strategies.own.strategy",
    "Target": "tradewind.strategies.own.strategy",
    "TradewindError": "tradewind.core.errors",
    "bars_of_frame": "tradewind.data.importing.frames",
    "run_strategy": "tradewind.app.session.own_strategy",
}

if not TYPE_CHECKING:  # to a checker of types a name is one of those above, or a mistake

    def __getattr__(name: str) -> object:
        """A public name, loaded now."""
        home = _HOMES.get(name)
        if home is None:
            message = f"module 'tradewind' has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=import_module("tradewind"))
        found: object = getattr(import_module(home), name)
        globals()[name] = found  # the next use finds it without asking here
        return found


def __dir__() -> list[str]:
    """Public names, those that are not loaded yet too."""
    return sorted({*globals(), *__all__})
