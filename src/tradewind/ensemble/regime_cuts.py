"""A regime from three figures and where a profile cuts them."""

from typing import NamedTuple

from tradewind.ensemble.regime import MomentumState, Regime, TrendState, VolatilityState, composite


class Cuts(NamedTuple):
    """Where a profile cuts its figures; at a cut the higher state begins, momentum is neutral up to its own.

    Volatility: low, normal, high, extreme. Trend, by size: sideways, weak, strong. Momentum: either way.
    """

    volatility: tuple[float, float, float]
    trend: tuple[float, float]
    momentum: float


def cut_regime(
    cuts: Cuts, *, volatility_annual: float, volatility: float, trend: float, momentum: float
) -> Regime:
    """The regime of a profile's figures; ``volatility_annual`` goes along as it is."""
    volatility_state = VolatilityState.EXTREME
    if volatility < cuts.volatility[0]:
        volatility_state = VolatilityState.LOW
    elif volatility < cuts.volatility[1]:
        volatility_state = VolatilityState.NORMAL
    elif volatility < cuts.volatility[2]:
        volatility_state = VolatilityState.HIGH
    trend_state = TrendState.STRONG
    if abs(trend) < cuts.trend[0]:
        trend_state = TrendState.SIDEWAYS
    elif abs(trend) < cuts.trend[1]:
        trend_state = TrendState.WEAK
    momentum_state = MomentumState.NEUTRAL
    if abs(momentum) > cuts.momentum:
        momentum_state = MomentumState.BULL if momentum > 0.0 else MomentumState.BEAR
    return Regime(
        volatility=volatility_state,
        trend=trend_state,
        momentum=momentum_state,
        composite=composite(volatility_state, trend_state, momentum_state, trend),
        volatility_annual=volatility_annual,
        volatility_figure=volatility,
        trend_figure=trend,
        momentum_figure=momentum,
    )
