"""Where execution algorithms enter: a decorated plain function from an order at work to what is due of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import msgspec

from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Side
from tradewind.core.registry import Registry
from tradewind.core.settings import read_settings, table
from tradewind.core.timestamps import NS_PER_MINUTE

S = TypeVar("S", bound=msgspec.Struct)


class AtWork(NamedTuple):
    """An order at work as its algorithm sees it; prices in ticks, volumes in units."""

    side: Side
    quantity_lots: int
    filled_lots: int
    resting_lots: int
    """Of its slices on the book."""
    limit_ticks: int | None
    """The order's own limit, which no slice goes beyond."""
    arrival_ticks: int
    mark_ticks: int
    instrument: Instrument
    started_ns: int
    now_ns: int
    step_ns: int
    """Length of the last bar: a slice sent now trades in the next one."""
    volume: float
    """What the market has traded since the start."""
    curve: tuple[float, ...]
    """Volume by quarter of the UTC day, of all that was heard before; empty where nothing was."""

    @property
    def elapsed_ns(self) -> int:
        """Since the start."""
        return self.now_ns - self.started_ns


class Due(NamedTuple):
    """How much of the order should be filled or on the book by now, and at which price.

    The slice is what is missing to it. ``limit_ticks`` None sends it to the market, or to the order's own
    limit. ``replaces`` first takes what rests off the book, where that has another price.
    """

    lots: int
    limit_ticks: int | None = None
    replaces: bool = False


AlgorithmFunction = Callable[[AtWork, S], Due]


@dataclass(frozen=True)
class Algorithm:
    """An algorithm with the settings that hold where nothing else is said."""

    name: str
    due: AlgorithmFunction  # type: ignore[type-arg]
    defaults: msgspec.Struct


ALGORITHMS: Registry[Algorithm] = Registry("execution algorithm", "tradewind.execution.algorithms")


def algorithm(name: str, defaults: S) -> Callable[[AlgorithmFunction[S]], AlgorithmFunction[S]]:
    """Enter an algorithm; its settings are those that the configuration gives over ``defaults``."""

    def enter(function: AlgorithmFunction[S]) -> AlgorithmFunction[S]:
        ALGORITHMS.add(name, Algorithm(name, function, defaults))
        return function

    return enter


def algorithm_from(given: object) -> Algorithm | None:
    """The algorithm that ``planner.algorithm`` asks for: a name, or a table with ``use`` and its settings.

    None where nothing is asked for. ConfigError names a setting that it does not have; RegistryError a name
    that is none.
    """
    at = ("planner", "algorithm")
    if given is None or given == "":
        return None
    if isinstance(given, str):
        return ALGORITHMS.get(given)
    asked = dict(table(given, at))
    name = asked.pop("use", "")
    if not isinstance(name, str) or not name:
        message = "The planner's algorithm names none."
        raise ConfigError(message, f"Give use: one of {', '.join(ALGORITHMS.names())}.", location=at)
    found = ALGORITHMS.get(name)
    settings = read_settings(type(found.defaults), asked, found.defaults, at)
    return Algorithm(found.name, found.due, settings)


def algorithms_named(planner: Mapping[str, object]) -> tuple[str, ...]:
    """The algorithm that the planner's section names; none where it names none."""
    found = algorithm_from(planner.get("algorithm"))
    return () if found is None else (found.name,)


def whole_minutes(minutes: float) -> int:
    """A span in nanoseconds."""
    return round(minutes * NS_PER_MINUTE)
