"""What is asked alike of every verb that runs a session, written once."""

from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Any

from tradewind.cli.options import (
    Cash,
    Models,
    Parameters,
    Quick,
    SessionTimeframe,
    StrategyUse,
    Symbols,
)
from tradewind.cli.sessions import Override
from tradewind.cli.spans import End, Start, words_or_none

if TYPE_CHECKING:
    from tradewind.app.session.asked import Asked

ASKED = "asked"
"""The parameter that gets what the shared options say."""


def with_session_options(verb: Callable[..., None]) -> Callable[..., None]:
    """``verb`` with the shared options before its own; they come to it as one :class:`Asked`, ``asked``."""
    shared, own = signature(_asked).parameters, dict(signature(verb).parameters)
    del own[ASKED]

    def run(**given: Any) -> None:
        options = {name: given.pop(name) for name in shared}
        verb(**{ASKED: _asked(**options)}, **given)

    parameters = [*shared.values(), *own.values()]
    run.__name__, run.__doc__, run.__module__ = verb.__name__, verb.__doc__, verb.__module__
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__signature__ = signature(verb).replace(parameters=parameters)  # type: ignore[attr-defined]
    return run


def _asked(
    symbols: Symbols = None,
    start: Start = None,
    end: End = None,
    strategy: StrategyUse = None,
    parameters: Parameters = None,
    models: Models = None,
    timeframe: SessionTimeframe = None,
    cash: Cash = None,
    quick: Quick = False,
    override: Override = False,
) -> "Asked":
    from tradewind.app.session.asked import Asked

    return Asked(
        symbols=words_or_none(symbols),
        models=words_or_none(models),
        start=start,
        end=end,
        strategy=strategy,
        parameters=parameters or (),
        timeframe=timeframe,
        cash=cash,
        quick=quick,
        override=override,
    )
