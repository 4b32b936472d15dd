"""Where risk rules and circuit breakers enter: one decorated plain function in one file each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import msgspec

from tradewind.core.book import Book
from tradewind.core.decisions import RiskVerdict
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.registry import Registry
from tradewind.core.settings import read_settings
from tradewind.risk.alarm import Alarm
from tradewind.risk.hours import MarketHours
from tradewind.risk.view import OrderView

S = TypeVar("S", bound=msgspec.Struct)

RuleFunction = Callable[[Order, Instrument, OrderView, S], RiskVerdict]
BreakerFunction = Callable[[Book, MarketHours, S], Sequence[Alarm]]
DueFunction = Callable[[Book, MarketHours, S], int]
LevelFunction = Callable[[Book, S], int]
ResetFunction = Callable[[Book, str], None]
"""Makes a breaker measure from now on, in the book and for one scope key."""

NEVER_NS = 2**63 - 1


@dataclass(frozen=True)
class RiskRule:
    """A rule with its default settings. Rules run by ``stage``, then name; cheap ones come first."""

    name: str
    check: RuleFunction  # type: ignore[type-arg]
    defaults: msgspec.Struct
    stage: int
    needs_exposure: bool


class Watch(StrEnum):
    """What a breaker looks at, so that it is only asked when that has moved."""

    EQUITY = "equity"
    """Equity and the marks it is held against."""
    POSITIONS = "positions"
    """Holdings and their prices."""
    TRADES = "trades"
    """What fills brought."""
    OUTSIDE = "outside"
    """Gauges, opening hours and the age of data."""
    STRATEGIES = "strategies"
    """What each strategy has earned, as it is noted at the end of a cycle."""


@dataclass(frozen=True)
class Breaker:
    """A breaker with its default settings; a smaller ``severity`` is a graver matter."""

    name: str
    find: BreakerFunction  # type: ignore[type-arg]
    defaults: msgspec.Struct
    severity: int
    watch: Watch
    due: DueFunction | None  # type: ignore[type-arg]
    calm_above: LevelFunction | None  # type: ignore[type-arg]
    reset: ResetFunction | None
    reset_by_day: bool


RULES: Registry[RiskRule] = Registry("risk rule", "tradewind.risk.rules")
BREAKERS: Registry[Breaker] = Registry("circuit breaker", "tradewind.risk.breakers")


def risk_rule(
    name: str, defaults: S, *, stage: int, needs_exposure: bool = False
) -> Callable[[RuleFunction[S]], RuleFunction[S]]:
    """Enter a rule. With ``needs_exposure`` it is only asked about orders that open or add."""

    def enter(function: RuleFunction[S]) -> RuleFunction[S]:
        RULES.add(name, RiskRule(name, function, defaults, stage, needs_exposure))
        return function

    return enter


def breaker(
    name: str,
    defaults: S,
    *,
    severity: int,
    watch: Watch,
    due: DueFunction[S] | None = None,
    calm_above: LevelFunction[S] | None = None,
    reset: ResetFunction | None = None,
    reset_by_day: bool = False,
) -> Callable[[BreakerFunction[S]], BreakerFunction[S]]:
    """Enter a circuit breaker, a function from the book to all that is beyond its threshold now.

    ``due`` gives the earliest time at which the mere passing of time could add an alarm; it may be too
    early, never too late. Markets opening and closing need not be thought of: it is asked then anyway.

    ``calm_above`` gives the equity above which one that watches equity certainly finds nothing, as the marks
    stand: so it is not asked about every tick of a calm day.

    ``reset`` makes it measure from now on, once a person has armed it again; without one it trips again while
    its cause lasts. A new day arms a breaker only when it is no longer found, and resets nothing, but for one
    with ``reset_by_day``: that is armed and reset by the day.
    """

    def enter(function: BreakerFunction[S]) -> BreakerFunction[S]:
        entry = Breaker(name, function, defaults, severity, watch, due, calm_above, reset, reset_by_day)
        BREAKERS.add(name, entry)
        return function

    return enter


def settings_for(kind: str, name: str, defaults: msgspec.Struct, given: object) -> msgspec.Struct:
    """``given`` as this plug-in's settings: its own Struct, or a mapping of some of its keys.

    Raises
    ------
    ConfigError
        The mapping has a key that the settings lack, or a value of the wrong type or out of bounds.
    """
    if given is None:
        return defaults
    if isinstance(given, type(defaults)):
        return given
    if not isinstance(given, Mapping):
        message = f"The settings of the {kind} {name!r} are a {type(given).__name__}."
        raise ConfigError(message, f"Give a table with keys of {type(defaults).__name__}.")
    return read_settings(type(defaults), given, defaults, ("risk", name))
