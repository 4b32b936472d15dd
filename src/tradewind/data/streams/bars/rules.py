"""When a bar of trades is closed: each rule is written ``kind:size``, such as ``dollar:1000000``.

Source: Lopez de Prado, "Advances in Financial Machine Learning" (2018), chapter 2.3: standard bars (time,
tick, volume, dollar) and imbalance bars. What a trade brings beyond a threshold stays in the bar that it
closes, and the next one begins at zero.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from tradewind.core.errors import ConfigError


class Measure(StrEnum):
    """What is counted of a trade: one, its quantity, or its value in quote currency."""

    TICK = "tick"
    VOLUME = "volume"
    DOLLAR = "dollar"


@dataclass(frozen=True)
class TimeRule:
    """A bar for each ``length_s`` of UTC in which something was traded."""

    length_s: int

    @property
    def text(self) -> str:
        """As it is written."""
        return f"time:{self.length_s}"


@dataclass(frozen=True)
class AmountRule:
    """Closed by the trade with which the bar has ``size`` of ``measure``."""

    measure: Measure
    size: float

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{self.measure}:{self.size:.12g}"


@dataclass(frozen=True)
class ImbalanceRule:
    """Closed when buying outweighs selling, or the reverse, by more than is usual for a bar.

    Signs follow the tick rule: the direction of the last change of price. A bar is closed by the trade with
    which the signed sum of ``measure`` is at least ``E[T] * |E[signed measure of a trade]|``. Both
    expectations are exponentially weighted over earlier bars and stand still while a bar grows. ``ticks`` is
    the first ``E[T]``; the first bar is closed by its count alone, for nothing is known of signs yet.

    ``span`` is how many bars back the weights mostly reach (alpha ``2 / (span + 1)``). ``E[T]`` stays within
    ``ticks / reach`` and ``ticks * reach``: left alone it grows or shrinks without end in trending markets.
    """

    measure: Measure
    ticks: int
    span: int = 20
    reach: float = 10.0

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{self.measure}-imbalance:{self.ticks}"


Rule = TimeRule | AmountRule | ImbalanceRule

_HOW = "Write time:SECONDS, tick:N, volume:UNITS, dollar:VALUE, or tick-, volume-, dollar-imbalance:N."


def parse_rule(text: str) -> Rule:
    """``time:60``, ``tick:1000``, ``volume:25.5``, ``dollar:1e6``, ``volume-imbalance:500``.

    Raises
    ------
    ConfigError
        There is no such kind, or its size is not a number above 0, whole where it counts.
    """
    kind, _, written = text.strip().partition(":")
    try:
        size = float(written)
    except ValueError:
        size = math.nan
    base = kind.removesuffix("-imbalance")
    if not (math.isfinite(size) and size > 0) or (base not in list(Measure) and kind != "time"):
        message = f"{text!r} is no rule for bars."
        raise ConfigError(message, _HOW)
    counts = kind == "time" or kind == Measure.TICK or base != kind
    if counts and size != int(size):
        message = f"{text!r} has no whole number."
        raise ConfigError(message, _HOW)
    if kind == "time":
        return TimeRule(int(size))
    if base != kind:
        return ImbalanceRule(Measure(base), int(size))
    return AmountRule(Measure(kind), size)
