"""The section ``session.universe``: which of its instruments are entered, and when that is chosen."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tradewind.data.universe.schedule import Every
from tradewind.data.universe.screening import filter_settings, reach_days

AT = ("session", "universe", "filters")
"""Where the filters stand in the configuration."""


class UniverseConfig(BaseModel):
    """A chain of filters over ``session.symbols``; what does not pass is not entered until it does again."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    every: Every = Field(default="month", description="how often it is chosen anew")
    filters: dict[str, dict[str, Any]] = Field(
        default={}, max_length=50, description="filters by name with their settings, in the order of asking"
    )
    most: int = Field(default=0, ge=0, le=100_000, description="only so many, the most traded; 0 for all")


def screened_days(universe: UniverseConfig | None, timeframe: str) -> int:
    """Calendar days before a session whose bars its filters look at; 0 where it has no universe.

    Raises
    ------
    ConfigError, RegistryError
        A filter is unknown, or a setting of one.
    """
    return 0 if universe is None else reach_days(filter_settings(universe.filters, AT), timeframe)
