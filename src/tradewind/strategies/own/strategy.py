"""What somebody writes to trade an idea of their own: a class with one method, and typed parameters.

    class SmaCross(tw.Strategy):
        fast: int = 10
        slow: int = 50

        def on_bar(self, bar: tw.Bar, now: tw.Moment) -> float | None:
            closes = now.closes(self.slow)
            if len(closes) < self.slow:
                return None
            return 1.0 if closes[-self.fast :].mean() > closes.mean() else 0.0

It is called inside the loop, so it reads no clock, file, socket or random number: what it may look at is in
``now``, and nothing there is later than the bar.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, NamedTuple, get_args, get_origin, get_type_hints

from tradewind.core.errors import ConfigError
from tradewind.core.market import Bar
from tradewind.core.settings import read_value
from tradewind.strategies.own.moment import Moment

OWN_MODULES = "tradewind_own."
"""Before the name of the module that a strategy's file is imported as."""


class Target(NamedTuple):
    """What is to be held of an instrument: a ``weight`` or a ``quantity``, and why.

    A weight is a signed fraction of the strategy's capital, cut to the session's ceilings. A quantity is in
    signed whole units (shares, coins), and the order gate alone has a word on it.
    """

    weight: float | None = None
    quantity: float | None = None
    reason: str = ""


Wanted = float | Target | None
"""A weight, a :class:`Target`, or None: nothing changes."""


class Strategy:
    """Base of strategies of one's own.

    Annotated attributes with a default are its parameters; the configuration (``parameters:``) or keywords
    change them. All other attributes of the object are its memory: plain values, lists, dicts, sets, deques
    and NumPy arrays, which are kept with the session, so that it goes on after a restart as if nothing had
    been. Variables of the module are not kept.

    Attributes
    ----------
    factors
        Names of factors that ``now.factor`` gives; a parameter may stand in one: ``"rsi_{length}"``.
    models
        Names of models that ``now.forecast`` gives, where the configuration names none.
    history
        How many bars ``now`` reaches back at most.
    drift_pct
        A holding that has drifted from its weight by more than this part of it is traded back.
    """

    factors: ClassVar[tuple[str, ...]] = ()
    models: ClassVar[tuple[str, ...]] = ()
    history: ClassVar[int] = 500
    drift_pct: ClassVar[float] = 20.0

    def __init__(self, **parameters: object) -> None:
        for name, value in typed_parameters(type(self), parameters).items():
            setattr(self, name, value)

    def on_start(self) -> None:
        """Set up what is remembered; called once, before the first bar."""

    def on_bar(self, bar: Bar, now: Moment) -> Wanted:
        """What to hold of the bar's instrument from now on."""
        return None

    def on_bars(self, now: Moment) -> Mapping[str, Wanted]:
        """What to hold by symbol, asked once for all instruments whose bars close at one moment."""
        return {bar.instrument_id: self.on_bar(bar, now.on(bar.instrument_id)) for bar in now.fresh}

    def on_timer(self, name: str, now: Moment) -> Mapping[str, Wanted]:
        """A timer that was asked for with ``now.wake`` has come."""
        return {}


class OfFunction(Strategy):
    """A plain function ``(bar, now)`` as a strategy: it gives back a weight, and remembers nothing."""

    __slots__ = ("_ask",)

    def __init__(self, ask: Callable[[Bar, Moment], Wanted]) -> None:
        super().__init__()
        self._ask = ask

    @property
    def asks(self) -> Callable[[Bar, Moment], Wanted]:
        """The function itself."""
        return self._ask

    def on_bar(self, bar: Bar, now: Moment) -> Wanted:
        """What the function says."""
        return self._ask(bar, now)


def parameters_of(kind: type[Strategy]) -> dict[str, Any]:
    """Types of a strategy's parameters by name, in the order in which they are written."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        name: hint
        for name, hint in hints.items()
        if get_origin(_plain(hint)) is not ClassVar and not name.startswith("_") and hasattr(kind, name)
    }


def typed_parameters(kind: type[Strategy], given: Mapping[str, object]) -> dict[str, Any]:
    """The values of all parameters: those given, checked against their types, else the defaults.

    Raises
    ------
    ConfigError
        There is no parameter of that name, or a value is not of its type or out of its bounds.
    """
    types = parameters_of(kind)
    unknown = sorted(set(given) - set(types))
    if unknown:
        message = f"{kind.__name__} has no parameter {unknown[0]!r}."
        known = ", ".join(types) or "none"
        raise ConfigError(message, f"It has {known}.", location=("parameters", unknown[0]))
    values = {name: getattr(kind, name) for name in types} | dict(given)
    return {name: read_value(types[name], value, ("parameters", name)) for name, value in values.items()}


def factor_names_of(strategy: Strategy) -> tuple[str, ...]:
    """The factors that a strategy reads, its parameters filled in."""
    values = {name: getattr(strategy, name) for name in parameters_of(type(strategy))}
    try:
        return tuple(dict.fromkeys(name.format(**values) for name in strategy.factors))
    except (KeyError, IndexError, ValueError) as error:
        message = f"A factor of {type(strategy).__name__} names a parameter that it lacks: {error}."
        raise ConfigError(message, f"It has {', '.join(values) or 'none'}.") from error


def _plain(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint
