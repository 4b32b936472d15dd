"""It trades at that moment."""

from typing import Annotated

import msgspec

from tradewind.core.settings import Settings
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.universe.registry import Candidate, Screened, universe_filter

Days = Annotated[int, msgspec.Meta(ge=1, le=365)]


class Trading(Settings, frozen=True, kw_only=True):
    """The newest bar is at most so many calendar days old."""

    most_days: Days = 7


@universe_filter("trading", Trading())
def trading(candidate: Candidate, settings: Trading) -> Screened:
    """It is listed, not delisted, and its newest bar is not old."""
    facts, now = candidate.facts, candidate.as_of_ns
    nan = float("nan")
    if facts.delisted_ns is not None:
        return Screened(False, nan, f"it was delisted on {iso(facts.delisted_ns)[:10]}")
    if not len(candidate.bars):
        return Screened(False, nan, "it has no bar yet")
    days = (now - int(candidate.bars.ts_event[-1])) / NS_PER_DAY
    if days > settings.most_days:
        return Screened(False, days, f"its newest bar is {days:.0f} days old")
    return Screened(True, days, f"its newest bar is {days:.0f} days old")
