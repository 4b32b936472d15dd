"""It moves enough, and not too much."""

import math
from typing import Annotated

import msgspec
import numpy as np

from tradewind.core.market import Timeframe
from tradewind.core.settings import Settings
from tradewind.data.universe.registry import Candidate, Screened, universe_filter, within

Volatility = Annotated[float, msgspec.Meta(ge=0.0, le=100.0)]
Days = Annotated[int, msgspec.Meta(ge=5, le=2_500)]
_DAYS_A_YEAR, _WEEKS_A_YEAR = 252.0, 365.25 / 7.0


class VolatilityRange(Settings, frozen=True, kw_only=True):
    """Standard deviation of the log returns of the last ``days`` days with a bar, times the root of 252.

    Bars of a week are so many weeks, times the root of 52.18.
    """

    least: Volatility = 0.0
    most: Volatility = 1.0
    days: Days = 60


def _reach(settings: VolatilityRange, timeframe: Timeframe) -> int:
    a_bar = 7.0 if timeframe is Timeframe.W1 else 1.5  # five days in a week, and holidays
    return int(a_bar * settings.days) + 15


@universe_filter("volatility", VolatilityRange(), reach_days=_reach)
def volatility(candidate: Candidate, settings: VolatilityRange) -> Screened:
    """The annual volatility of daily returns lies between two figures."""
    figure = float("nan")
    if len(candidate.bars):
        closes = candidate.day_closes[-(settings.days + 1) :]
        if len(closes) > settings.days:
            a_year = _DAYS_A_YEAR if candidate.days_a_bar == 1 else _WEEKS_A_YEAR
            figure = float(np.diff(np.log(closes)).std(ddof=1)) * math.sqrt(a_year)
    return within(figure, settings.least, settings.most, "the annual volatility")
