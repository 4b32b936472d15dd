"""It trades at that moment."""

from typing import Annotated

import msgspec

from tradewind.core.settings import Settings
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.calendars import closes_before
from tradewind.data.universe.registry import Candidate, Screened, universe_filter

Days = Annotated[int, msgspec.Meta(ge=1, le=365)]


class Trading(Settings, frozen=True, kw_only=True):
    """The newest bar is at most so many calendar days older than the newest that its calendar has."""

    most_days: Days = 7


@universe_filter("trading", Trading())
def trading(candidate: Candidate, settings: Trading) -> Screened:
    """It is listed, not delisted, and its newest bar is not old."""
    facts, nan = candidate.facts, float("nan")
    if facts.delisted_ns is not None:
        return Screened(False, nan, f"it was delisted on {iso(facts.delisted_ns)[:10]}")
    if not len(candidate.bars):
        return Screened(False, nan, "it has no bar yet")
    newest = int(candidate.bars.ts_event[-1])
    days = max(_newest_due(candidate) - newest, 0) / NS_PER_DAY
    if days > settings.most_days:
        return Screened(False, days, f"its newest bar is {days:.0f} days old")
    return Screened(True, days, f"its newest bar is {days:.0f} days old")


def _newest_due(candidate: Candidate) -> int:
    """When the market closed last: over the New Year of China it rests for more than a week."""
    calendar = candidate.calendar or candidate.instrument.calendar
    return int(closes_before(calendar, "1d", candidate.as_of_ns, 1)[-1])
