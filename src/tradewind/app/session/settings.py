"""The strategies of a session as the configuration names them, and how they share the equity."""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tradewind.core.market import Timeframe

AllocatorName = Literal["fixed", "equal_risk"]

RESERVED = "allocator"
"""Name of the part of the session that divides the equity."""

_NAME = re.compile(r"^[a-z][a-z0-9_-]*$")
_TOGETHER = 1.0 + 1e-9


class StrategyConfig(BaseModel):
    """One strategy: what it trades, on which bars, by which models, with which part of the equity.

    What is left out is the session's: ``symbols``, ``models``, and ``horizon_bars`` (that of research). With
    ``use`` it is somebody's own, which hears only models that it or ``models`` names.
    ``decision`` holds blend, conditions, filters and sizing; its keys go before those of the session's own
    ``decision`` section.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str
    kind: Literal["forecast_blend", "own"] = "forecast_blend"
    use: str = Field(
        default="", max_length=1_000, description="an own strategy: FILE.py:CLASS, or a table of signals"
    )
    parameters: dict[str, Any] = Field(default={}, description="of the own strategy")
    symbols: tuple[str, ...] = ()
    timeframe: str = "1d"
    capital_share: float = Field(default=1.0, gt=0.0, le=1.0)
    risk_level: float = Field(default=1.0, gt=0.0, le=1.0, description="scales its targets")
    horizon_bars: int = Field(default=0, ge=0, le=250, description="0 takes that of research")
    models: tuple[str, ...] = ()
    decision: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """A strategy with ``use`` is somebody's own, and goes by its class or file where it has no name."""
        if not isinstance(given, Mapping) or not isinstance(given.get("use"), str) or not given["use"]:
            return given
        return {"kind": "own", "name": name_of(given["use"]), **given}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.use and self.parameters:
            message = "parameters are those of an own strategy: name its file with use"
            raise ValueError(message)
        if (self.kind == "own") != bool(self.use):
            message = f"kind {self.kind!r} and use {self.use!r} do not go together: leave kind out"
            raise ValueError(message)
        return self

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


def file_and_class(use: str) -> tuple[Path, str]:
    """``FILE.py:CLASS`` in its parts; a drive letter's colon is no separator."""
    head, colon, name = use.rpartition(":")
    return (Path(head), name) if colon and head and name.isidentifier() else (Path(use), "")


def name_of(use: str) -> str:
    """A name for an own strategy that was given none: that of its class or file, in small letters."""
    path, name = file_and_class(use)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name or path.stem).lower()
    return re.sub(r"[^a-z0-9_-]", "_", words).strip("_-").lstrip("0123456789_-") or "own"


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
