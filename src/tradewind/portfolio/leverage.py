"""How much leverage a view may use: 1x, or by the opt-in profile more with confidence, less with swings.

The lowest ceiling always wins: the account's, the class's, and what volatility leaves.
"""

from tradewind.core.errors import ConfigError
from tradewind.core.settings import Limit, Part, Settings


class LeverageSettings(Settings, frozen=True, kw_only=True):
    """Ceilings on exposure over equity.

    Attributes
    ----------
    base, ceiling
        At no confidence beyond ``confidence_from``, and at full confidence. Both 1 by default; the opt-in
        profile is 5 and 12.5.
    confidence_from
        Confidence at which leverage begins to rise from ``base``.
    calm_volatility
        Annual volatility up to which nothing is taken off; above it leverage falls in proportion.
    crypto, equity, fx
        Ceilings by class.
    """

    base: Limit = 1.0
    ceiling: Limit = 1.0
    confidence_from: Part = 0.7
    calm_volatility: Limit = 0.20
    crypto: Limit = 3.0
    equity: Limit = 4.0
    fx: Limit = 10.0

    def __post_init__(self) -> None:
        if not 0.0 < self.base <= self.ceiling or self.calm_volatility <= 0.0:
            message = (
                f"Leverage from {self.base} to {self.ceiling} with a calm volatility of "
                f"{self.calm_volatility} makes no sense."
            )
            raise ConfigError(message, "Use 0 < base <= ceiling and a positive volatility.")


AGGRESSIVE = LeverageSettings(base=5.0, ceiling=12.5)
"""The opt-in profile."""


def leverage_ceiling(
    settings: LeverageSettings, group: str, confidence: float, volatility_annual: float
) -> float:
    """Largest exposure over equity for a class at this confidence and volatility."""
    room = 1.0 - settings.confidence_from
    sure = min(max((confidence - settings.confidence_from) / room, 0.0), 1.0) if room > 0.0 else 0.0
    ceiling = settings.base + (settings.ceiling - settings.base) * sure
    if ceiling > 1.0 and volatility_annual > settings.calm_volatility:
        # Only what was borrowed shrinks: below 1x it is the volatility target that decides.
        ceiling = max(ceiling * settings.calm_volatility / volatility_annual, 1.0)
    by_class = {"crypto": settings.crypto, "fx": settings.fx}.get(group, settings.equity)
    return min(ceiling, by_class)
