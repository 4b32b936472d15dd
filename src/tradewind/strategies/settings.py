"""The numbers of the forecast blend, and how often its bars come."""

from typing import NamedTuple

import msgspec

from tradewind.core.settings import Bars, Count, Part, Settings
from tradewind.ensemble.conditions import ConditionSettings
from tradewind.ensemble.filter_registry import FilterSettings
from tradewind.ensemble.regime import RegimeSettings, VolatilityState
from tradewind.ensemble.registry import BlendSettings
from tradewind.ensemble.timeframes import TimeframeSettings
from tradewind.ensemble.weights import WeightSettings
from tradewind.portfolio.sizing import SizingSettings


class Pace(NamedTuple):
    """How many bars a complete series of an instrument has, by its own calendar and timeframe."""

    bars_per_year: float
    bars_per_day: float


def _regime_scale() -> dict[VolatilityState, Part]:
    return {
        VolatilityState.LOW: 1.0,
        VolatilityState.NORMAL: 1.0,
        VolatilityState.HIGH: 0.75,
        VolatilityState.EXTREME: 0.5,
    }


class StrategySettings(Settings, frozen=True, kw_only=True):
    """Numbers of the strategy, by part.

    Estimation error is met once: the models' calibration shrinks their edges, so sizes are not multiplied by
    confidence as well. ``score_quantile`` is what share of its own past scores a score must pass.
    ``hold_bars`` is the longest that a position is kept without a fresh signal; 0 takes the horizon.
    ``regime_scale`` shrinks sizes by the volatility state of the class's reference instrument
    (``references``, by class group). ``context``, where given, lets the next slower timeframe raise or lower
    the blend's confidence; it tells on sizes where ``sizing.use_confidence`` is on.
    """

    horizon_bars: Bars = 5
    blend: BlendSettings = BlendSettings(method="weighted")
    weights: WeightSettings = WeightSettings()
    conditions: ConditionSettings = ConditionSettings()
    filters: FilterSettings = FilterSettings()
    sizing: SizingSettings = SizingSettings(use_confidence=False)
    regime: RegimeSettings = RegimeSettings()
    context: TimeframeSettings | None = None
    references: dict[str, str] = msgspec.field(default_factory=dict)
    regime_scale: dict[VolatilityState, Part] = msgspec.field(default_factory=_regime_scale)
    score_quantile: Part = 0.6
    least_scores: Count = 50
    hold_bars: Count = 0
