"""Enough is traded."""

from typing import Annotated

import msgspec
import numpy as np

from tradewind.core.settings import Settings
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.universe.registry import Candidate, Screened, universe_filter, within

Value = Annotated[float, msgspec.Meta(ge=0.0, le=1e15)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]


class Liquidity(Settings, frozen=True, kw_only=True):
    """``least`` is the median value traded on a day, in the quote currency, over ``days`` calendar days."""

    least: Value = 1_000_000.0
    days: Days = 90


@universe_filter("liquidity", Liquidity(), reach_days=lambda settings, _: settings.days)
def liquidity(candidate: Candidate, settings: Liquidity) -> Screened:
    """The median value traded on a day is high enough; off where a market has no volume (currencies)."""
    value = traded_value(candidate, settings.days)
    if not candidate.bars.has_volume:
        return Screened(True, value, "off: no volume is known")
    return within(value, settings.least, float("inf"), "the median value of a day")


def traded_value(candidate: Candidate, days: int) -> float:
    """Median over the days with a bar of what was traded on each; NaN without a bar or without volume.

    Of bars of a week it is the usual week's by the days that it has.
    """
    bars = candidate.last_days(days)
    if not len(bars) or not bars.has_volume:
        return float("nan")
    _, first = np.unique(bars.ts_event // NS_PER_DAY, return_index=True)
    return float(np.median(np.add.reduceat(bars.close * bars.volume, first))) / candidate.days_a_bar
