"""The published cuts, meant for stocks: on crypto they would name every day extreme."""

import math

from tradewind.ensemble.regime import (
    PROFILES,
    MomentumState,
    Regime,
    RegimeInputs,
    TrendState,
    VolatilityState,
    composite,
)

_VOLATILITY_CUTS = (0.10, 0.20, 0.30)
_TREND_CUTS = (0.02, 0.05)
_MOMENTUM_CUT = 0.05


@PROFILES.register("classic")
def classic(inputs: RegimeInputs) -> Regime | None:
    """Volatility cut at 10, 20, 30 % a year; trend at 2 and 5 %; momentum at 5 % a year either way.

    Trend is the compound return over the trend window, momentum the mean return over its window times bars
    per year (linear time).
    """
    settings = inputs.settings
    low, normal, high = _VOLATILITY_CUTS
    volatility = VolatilityState.EXTREME
    if inputs.volatility_annual < low:
        volatility = VolatilityState.LOW
    elif inputs.volatility_annual < normal:
        volatility = VolatilityState.NORMAL
    elif inputs.volatility_annual < high:
        volatility = VolatilityState.HIGH
    drift = math.prod(1.0 + r for r in inputs.returns[-settings.trend_window :]) - 1.0
    weak, strong = _TREND_CUTS
    trend = TrendState.STRONG
    if abs(drift) < weak:
        trend = TrendState.SIDEWAYS
    elif abs(drift) < strong:
        trend = TrendState.WEAK
    recent = inputs.returns[-settings.momentum_window :]
    annual = math.fsum(recent) / len(recent) * settings.bars_per_year
    momentum = MomentumState.NEUTRAL
    if abs(annual) > _MOMENTUM_CUT:
        momentum = MomentumState.BULL if annual > 0.0 else MomentumState.BEAR
    return Regime(
        volatility=volatility,
        trend=trend,
        momentum=momentum,
        composite=composite(volatility, trend, momentum, drift),
        volatility_annual=inputs.volatility_annual,
        volatility_figure=inputs.volatility_annual,
        trend_figure=drift,
        momentum_figure=annual,
    )
