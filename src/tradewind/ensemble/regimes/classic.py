"""The published cuts, meant for stocks: on crypto they would name every day extreme."""

import math

from tradewind.ensemble.regime import PROFILES, Regime, RegimeInputs
from tradewind.ensemble.regime_cuts import Cuts, cut_regime

CUTS = Cuts(volatility=(0.10, 0.20, 0.30), trend=(0.02, 0.05), momentum=0.05)


@PROFILES.register("classic")
def classic(inputs: RegimeInputs) -> Regime | None:
    """Volatility cut at 10, 20, 30 % a year; trend at 2 and 5 %; momentum at 5 % a year either way.

    Trend is the compound return over the trend window, momentum the mean return over its window times bars
    per year (linear time).
    """
    settings = inputs.settings
    recent = inputs.returns[-settings.momentum_window :]
    return cut_regime(
        CUTS,
        volatility_annual=inputs.volatility_annual,
        volatility=inputs.volatility_annual,
        trend=math.prod(1.0 + r for r in inputs.returns[-settings.trend_window :]) - 1.0,
        momentum=math.fsum(recent) / len(recent) * settings.bars_per_year,
    )
