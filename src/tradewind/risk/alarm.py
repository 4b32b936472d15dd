"""What a breaker function reports: one thing that is beyond its threshold now."""

from typing import Literal, NamedTuple

from tradewind.core.errors import ConfigError
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm

EQUITY_GROUP = "equity"

WhenMissing = Literal["block", "note"]


class Alarm(NamedTuple):
    """One scope that a breaker stops.

    ``name`` is what it trips under where that is not the breaker's own name; it begins with the breaker's
    name and an underscore (``vix_missing``). ``action`` is ``halt``, ``close``, ``liquidate``, or ``note``:
    stated and recorded, but blocking nothing. ``rearm`` is ``person``, ``next_day``, or ``when_clear``: as
    soon as it is no longer found.
    """

    scope: BreakerScope
    scope_key: str
    action: BreakerAction
    value: float
    threshold: float
    reason: str
    rearm: Rearm
    name: str = ""


def checked_words(alarm: Alarm, name: str) -> Alarm:
    """The alarm with ``"note"`` made ``BreakerAction.NOTE``: code asks for the word itself.

    Raises
    ------
    ConfigError
        The breaker ``name`` reports a scope, an action or a way to re-arm that there is not.
    """
    try:
        scope, action = BreakerScope(alarm.scope), BreakerAction(alarm.action)
        return alarm._replace(scope=scope, action=action, rearm=Rearm(alarm.rearm))
    except ValueError as error:
        message = f"The breaker {name} reports a word that is none of the house: {error}."
        raise ConfigError(message, "Use BreakerScope, BreakerAction and Rearm of core.vocabulary.") from error
