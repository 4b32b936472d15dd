"""It has traded for a while."""

from typing import Annotated

import msgspec

from tradewind.core.settings import Settings
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.universe.registry import Candidate, Screened, universe_filter, within

Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]


class Age(Settings, frozen=True, kw_only=True):
    """Calendar days since it was listed, or since its first stored bar where that is not known."""

    least_days: Days = 250


@universe_filter("age", Age(), reach_days=lambda settings, _: settings.least_days + 10)
def age(candidate: Candidate, settings: Age) -> Screened:
    """It was listed long enough ago."""
    first = candidate.facts.listed_ns
    if first is None and len(candidate.bars):
        first = int(candidate.bars.ts_event[0])
    days = float("nan") if first is None else (candidate.as_of_ns - first) / NS_PER_DAY
    return within(days, settings.least_days, float("inf"), "its age in days")
