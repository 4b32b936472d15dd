"""It moves enough, and not too much."""

import math
from typing import Annotated

import msgspec
import numpy as np

from tradewind.core.settings import Settings
from tradewind.data.universe.registry import Candidate, Screened, universe_filter, within

Volatility = Annotated[float, msgspec.Meta(ge=0.0, le=100.0)]
Days = Annotated[int, msgspec.Meta(ge=5, le=2_500)]
_DAYS_A_YEAR = 252.0


class VolatilityRange(Settings, frozen=True, kw_only=True):
    """Standard deviation of the log returns of the last ``days`` days with a bar, times the root of 252."""

    least: Volatility = 0.0
    most: Volatility = 1.0
    days: Days = 60


@universe_filter("volatility", VolatilityRange())
def volatility(candidate: Candidate, settings: VolatilityRange) -> Screened:
    """The annual volatility of daily returns lies between two figures."""
    figure = float("nan")
    if len(candidate.bars):
        closes = candidate.day_closes[-(settings.days + 1) :]
        if len(closes) > settings.days:
            figure = float(np.diff(np.log(closes)).std(ddof=1)) * math.sqrt(_DAYS_A_YEAR)
    return within(figure, settings.least, settings.most, "the annual volatility")
