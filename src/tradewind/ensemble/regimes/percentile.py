"""The default: where volatility stands in the series' own past, and t-statistics for trend and momentum."""

import math

from tradewind.ensemble.regime import PROFILES, Regime, RegimeInputs, sample_deviation
from tradewind.ensemble.regime_cuts import Cuts, cut_regime

CUTS = Cuts(volatility=(0.25, 0.75, 0.95), trend=(1.0, 2.0), momentum=1.0)


@PROFILES.register("percentile")
def percentile(inputs: RegimeInputs) -> Regime | None:
    """Volatility by its rank in the past (cuts at 25, 75, 95 %), trend and momentum by t-statistics.

    The rank counts the present value half, like its ties (mid-rank). The trend's t-statistic is that of the
    mean return over the trend window (cuts 1 and 2); the momentum figure is the sum of the last returns over
    what the volatility window leads one to expect of it (cut 1). None with too short a history of volatility.
    """
    settings = inputs.settings
    past = inputs.past_volatilities
    if len(past) < settings.least_history:
        return None
    now = inputs.volatility_annual
    rank = (sum(v < now for v in past) + 0.5 * sum(v == now for v in past)) / len(past)
    recent = inputs.returns[-settings.momentum_window :]
    expected = now / math.sqrt(settings.bars_per_year) * math.sqrt(len(recent))
    return cut_regime(
        CUTS,
        volatility_annual=now,
        volatility=rank,
        trend=_t_statistic(inputs.returns[-settings.trend_window :]),
        momentum=math.fsum(recent) / expected if expected > 0.0 else 0.0,
    )


def _t_statistic(returns: list[float]) -> float:
    deviation = sample_deviation(returns)
    mean = math.fsum(returns) / len(returns)
    if deviation == 0.0:
        return math.copysign(math.inf, mean) if mean else 0.0
    return mean / (deviation / math.sqrt(len(returns)))
