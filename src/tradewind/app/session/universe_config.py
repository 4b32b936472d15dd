"""The section ``session.universe``: which of its instruments are entered, and when that is chosen."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tradewind.data.universe.schedule import Every

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
