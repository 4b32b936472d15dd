"""What changes the running of a session: parameters, timers, universes and capital."""

from tradewind.core.market import Event

Value = bool | int | float | str
"""A parameter's value: typed, so that 1 and 1.0 and true stay three things."""


class ParameterChanged(Event, frozen=True, kw_only=True, gc=False, tag="parameter_changed"):
    """A live parameter was changed: what it was, what it is, and which strategy's it is."""

    name: str
    old: Value
    new: Value
    owner: str = ""
    by: str = "person"


class TimerRequested(Event, frozen=True, kw_only=True, gc=False, tag="timer_requested"):
    """A strategy or an algorithm asks to be woken at ``at_ns`` by a timer called ``name``."""

    name: str
    at_ns: int
    owner: str


class UniverseChosen(Event, frozen=True, kw_only=True, gc=False, tag="universe_chosen"):
    """A strategy trades these instruments from now on; what it holds of others it may only close."""

    strategy: str
    instrument_ids: tuple[str, ...]
    reason: str = ""


class CapitalAllocated(Event, frozen=True, kw_only=True, gc=False, tag="capital_allocated"):
    """Which part of the equity each strategy may use from now on; together at most 1."""

    shares: dict[str, float]
    reason: str = ""
