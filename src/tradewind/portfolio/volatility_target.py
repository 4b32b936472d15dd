"""Volatility targeting: how large a position may be before its own swings pass the target.

Source: Moreira and Muir (2017), "Volatility-Managed Portfolios".
"""

import math

from tradewind.kernels.sizing import clip_weight, volatility_ceiling


def volatility_target(weight: float, volatility_annual: float, target_annual: float) -> float:
    """``weight`` cut to where its annual volatility is the target; 0.0 when the volatility is unknown.

    It is a ceiling, not a scale: Kelly has already divided by the variance.
    """
    cut: float = clip_weight(weight, volatility_ceiling(target_annual, volatility_annual))
    return cut


class RunningVolatility:
    """Annual volatility of a return series, exponentially weighted, one return at a time.

    Source: RiskMetrics Technical Document (1996), section 5.2: decay 0.94 a day, mean taken as zero.
    """

    def __init__(self, bars_per_year: float, decay: float = 0.94, warmup: int = 20) -> None:
        self.bars_per_year = bars_per_year
        self.decay = decay
        self.warmup = warmup
        self._variance = 0.0
        self._weight = 0.0
        self._count = 0

    def add(self, simple_return: float) -> None:
        """Count one bar's return; NaN is left out."""
        if simple_return != simple_return:
            return
        self._variance = self.decay * self._variance + (1.0 - self.decay) * simple_return * simple_return
        self._weight = self.decay * self._weight + (1.0 - self.decay)
        self._count += 1

    @property
    def annual(self) -> float:
        """Annual volatility as a fraction; NaN before ``warmup`` returns."""
        if self._count < self.warmup:
            return math.nan
        return math.sqrt(self._variance / self._weight * self.bars_per_year)

    def state(self) -> tuple[float, float, int]:
        """The whole state, for snapshots."""
        return self._variance, self._weight, self._count

    def take_state(self, state: tuple[float, float, int]) -> None:
        """Become what :meth:`state` gave."""
        self._variance, self._weight, self._count = state
