"""The strategies of a session as the configuration names them, and how they share the equity."""

import re
import sys
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tradewind.core.market import Timeframe

AllocatorName = Literal["fixed", "equal_risk"]

RESERVED = "allocator"
"""Name of the part of the session that divides the equity."""

_NAME = re.compile(r"^[a-z][a-z0-9_-]*$")
_TOGETHER = 1.0 + 1e-9


class StrategyConfig(BaseModel):
    """One strategy: what it trades, on which bars, by which models, with which part of the equity.

    What is left out is the session's: ``symbols``, ``models``, and ``horizon_bars`` (that of research).
    ``decision`` holds blend, conditions, filters and sizing; its keys go before those of the session's own
    ``decision`` section.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str
    kind: Literal["forecast_blend"] = "forecast_blend"
    symbols: tuple[str, ...] = ()
    timeframe: str = "1d"
    capital_share: float = Field(default=1.0, gt=0.0, le=1.0)
    risk_level: float = Field(default=1.0, gt=0.0, le=1.0, description="scales its targets")
    horizon_bars: int = Field(default=0, ge=0, le=250, description="0 takes that of research")
    models: tuple[str, ...] = ()
    decision: dict[str, Any] = {}

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not _NAME.match(value) or value == RESERVED:
            message = f"{value!r} cannot name a strategy: use small letters, digits, _ and -"
            raise ValueError(message + (f"; {RESERVED!r} is taken" if value == RESERVED else ""))
        return value

    @field_validator("timeframe")
    @classmethod
    def _is_a_timeframe(cls, value: str) -> str:
        if value not in tuple(Timeframe):
            message = f"there are no bars of {value!r}: use one of {', '.join(Timeframe)}"
            raise ValueError(message)
        return sys.intern(value)


def check_strategies(given: Sequence[StrategyConfig]) -> None:
    """Each name once, and shares that are parts of one; ValueError says which are not."""
    names = [strategy.name for strategy in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"two strategies are called {', '.join(twice)}: give each a name of its own"
        raise ValueError(message)
    if sum(strategy.capital_share for strategy in given) > _TOGETHER:
        shares = ", ".join(f"{strategy.name} {strategy.capital_share:g}" for strategy in given)
        total = sum(strategy.capital_share for strategy in given)
        message = f"the capital shares are {total:g} together ({shares}): make them at most 1"
        raise ValueError(message)
