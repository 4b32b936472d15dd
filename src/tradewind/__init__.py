"""Tradewind: from raw market data to orders that are sized, checked, executed, recorded and explained.

In a script or a notebook::

    import tradewind as tw

    data = tw.load("my_files")                       # CSV, Parquet, Feather; frames; or symbols
    result = tw.backtest("mine.py:SmaCross", data)   # costs, limits, breakers, and a journal
    result.stats(), result.trades, result.plot()

Names are loaded when they are first used, so that importing the package stays quick. This is a face, as the
command line is: nothing inside the package imports it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from tradewind.core.version import VERSION

if TYPE_CHECKING:
    from tradewind.app.face.backtesting import backtest
    from tradewind.app.face.calendar import calendar, days_to_release
    from tradewind.app.face.figuring import compute_factors, validate
    from tradewind.app.face.loading import Data, load
    from tradewind.app.face.result import Result, report
    from tradewind.app.face.series import series
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
    "Data",
    "DecisionMade",
    "Event",
    "FeeSchedule",
    "Holding",
    "Instrument",
    "Moment",
    "Outcome",
    "ProtectionSettings",
    "Quote",
    "Result",
    "Signals",
    "Strategy",
    "Target",
    "TradewindError",
    "__version__",
    "backtest",
    "bars_of_frame",
    "calendar",
    "compute_factors",
    "days_to_release",
    "load",
    "report",
    "run_strategy",
    "series",
    "validate",
]

_HOMES = {
    "AnyEvent": "tradewind.core.events",
    "AssetClass": "tradewind.core.instruments",
    "Bar": "tradewind.core.market",
    "Book": "tradewind.core.book",
    "Data": "tradewind.app.face.loading",
    "DecisionMade": "tradewind.core.decisions",
    "Event": "tradewind.core.market",
    "FeeSchedule": "tradewind.core.instruments",
    "Holding": "tradewind.strategies.own.moment",
    "Instrument": "tradewind.core.instruments",
    "Moment": "tradewind.strategies.own.moment",
    "Outcome": "tradewind.app.session.own_strategy",
    "ProtectionSettings": "tradewind.core.protection",
    "Quote": "tradewind.core.market",
    "Result": "tradewind.app.face.result",
    "Signals": "tradewind.strategies.own.signals",
    "Strategy": "tradewind.strategies.own.strategy",
    "Target": "tradewind.strategies.own.strategy",
    "TradewindError": "tradewind.core.errors",
    "backtest": "tradewind.app.face.backtesting",
    "bars_of_frame": "tradewind.data.importing.frames",
    "calendar": "tradewind.app.face.calendar",
    "compute_factors": "tradewind.app.face.figuring",
    "days_to_release": "tradewind.app.face.calendar",
    "load": "tradewind.app.face.loading",
    "report": "tradewind.app.face.result",
    "run_strategy": "tradewind.app.session.own_strategy",
    "series": "tradewind.app.face.series",
    "validate": "tradewind.app.face.figuring",
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
