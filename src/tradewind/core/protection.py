"""Where a position is left without any further decision: stop, target, trailing, longest time."""

import math

from tradewind.core.errors import ConfigError
from tradewind.core.settings import Count, Length, Percent, Settings


class ProtectionSettings(Settings, frozen=True, kw_only=True):
    """Where a position is left; 0 switches a rule off. ConfigError names a value that makes no sense."""

    stop_atr: Length = 0.0
    """Average true ranges from the entry to the stop."""
    stop_pct: Percent = 0.0
    """Percent of the entry price, where the decision knows no average true range or ``stop_atr`` is off."""
    target_atr: Length = 0.0
    target_pct: Length = 0.0
    trail: bool = False
    """The stop follows the price at its distance, bar by bar, and never moves back."""
    longest_bars: Count = 0
    """Bars of the decision's timeframe after which the position is left at the market."""

    def __post_init__(self) -> None:
        for name in ("stop_atr", "stop_pct", "target_atr", "target_pct", "longest_bars"):
            if not (getattr(self, name) >= 0 and math.isfinite(getattr(self, name))):
                message = f"The protection's {name} is {getattr(self, name)}."
                raise ConfigError(message, "Set it to 0 (off) or more.")
        if self.trail and not (self.stop_atr or self.stop_pct):
            message = "The protection's trail is on and there is no stop to follow the price."
            raise ConfigError(message, "Set stop_atr or stop_pct as well.")

    @property
    def is_on(self) -> bool:
        """Whether any rule is."""
        return any((self.stop_atr, self.stop_pct, self.target_atr, self.target_pct, self.longest_bars))
