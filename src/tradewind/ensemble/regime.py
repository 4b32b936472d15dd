"""The market's state on a reference series, from closed bars only, one return at a time."""

import math
from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from tradewind.core.errors import ConfigError
from tradewind.core.registry import Registry
from tradewind.core.settings import Bars, PerYear, Settings


class VolatilityState(StrEnum):
    """How much the market swings."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    EXTREME = "extreme"


class TrendState(StrEnum):
    """How clearly it goes anywhere."""

    SIDEWAYS = "sideways"
    WEAK = "weak"
    STRONG = "strong"


class MomentumState(StrEnum):
    """Where it has been going lately."""

    BEAR = "bear"
    NEUTRAL = "neutral"
    BULL = "bull"


class Regime(msgspec.Struct, frozen=True, kw_only=True):
    """The states, and the figures they were read from.

    ``volatility_annual`` is a fraction; the trend and momentum figures are the profile's own (fractions or
    t-statistics). ``composite`` puts volatility first: ``extreme_volatility``, ``high_volatility``, else
    ``trend_up``, ``trend_down``, ``bull``, ``bear`` or ``range``.
    """

    volatility: VolatilityState
    trend: TrendState
    momentum: MomentumState
    composite: str
    volatility_annual: float
    volatility_figure: float
    trend_figure: float
    momentum_figure: float


class RegimeSettings(Settings, frozen=True, kw_only=True):
    """Spans in bars; ``bars_per_year`` is set by the strategy from the reference series' own bars.

    ``history`` is how many past volatilities the percentiles are taken from, ``least_history`` how many there
    must be.
    """

    profile: str = "percentile"
    bars_per_year: PerYear = 252.0
    volatility_window: Bars = 20
    trend_window: Bars = 20
    momentum_window: Bars = 5
    history: Bars = 1_000
    least_history: Bars = 60


class RegimeInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What a profile reads: recent simple returns (oldest first), annual volatility, its past values."""

    returns: list[float]
    volatility_annual: float
    past_volatilities: list[float]
    settings: RegimeSettings


RegimeProfile = Callable[[RegimeInputs], Regime | None]
PROFILES: Registry[RegimeProfile] = Registry("regime profile", "tradewind.ensemble.regimes")


def composite(volatility: VolatilityState, trend: TrendState, momentum: MomentumState, drift: float) -> str:
    """One word for the three states; ``drift`` gives a strong trend its direction."""
    if volatility in (VolatilityState.EXTREME, VolatilityState.HIGH):
        return f"{volatility.value}_volatility"
    if trend is TrendState.STRONG:
        return "trend_up" if drift > 0.0 else "trend_down"
    if momentum is not MomentumState.NEUTRAL:
        return momentum.value
    return "range"


class _State(msgspec.Struct, kw_only=True):
    returns: list[float] = msgspec.field(default_factory=list)
    volatilities: list[float] = msgspec.field(default_factory=list)


class RegimeTracker:
    """Keeps what a profile needs and names the regime after each bar; nothing of the future enters.

    Parameters
    ----------
    history
        Past simple returns of the reference series, oldest first.

    Raises
    ------
    ConfigError, RegistryError
        A window too short to take a deviation over, or no profile of that name.
    """

    def __init__(self, settings: RegimeSettings | None = None, history: Iterable[float] = ()) -> None:
        self.settings = settings if settings is not None else RegimeSettings()
        chosen = self.settings
        if min(chosen.volatility_window, chosen.trend_window, chosen.momentum_window) < 2:
            message = f"A regime needs windows of 2 bars or more; {chosen} has a shorter one."
            raise ConfigError(message, "Use the published 20, 20 and 5, or longer.")
        self._profile = PROFILES.get(chosen.profile)
        self._longest = max(chosen.volatility_window, chosen.trend_window, chosen.momentum_window)
        self._state = _State()
        for past in history:
            self._take(past)

    def update(self, simple_return: float) -> Regime | None:
        """The regime after one more bar; None while there is too little history. A NaN return is left out."""
        self._take(simple_return)
        return self.current()

    def current(self) -> Regime | None:
        """The regime as of the last bar; None while there is too little history."""
        state, settings = self._state, self.settings
        if len(state.returns) < self._longest or not state.volatilities:
            return None
        return self._profile(
            RegimeInputs(
                returns=state.returns,
                volatility_annual=state.volatilities[-1],
                past_volatilities=state.volatilities,
                settings=settings,
            )
        )

    def _take(self, simple_return: float) -> None:
        if simple_return - simple_return != 0.0:
            return
        state, settings = self._state, self.settings
        state.returns.append(float(simple_return))
        if len(state.returns) > self._longest:
            del state.returns[0]
        if len(state.returns) < settings.volatility_window:
            return
        deviation = sample_deviation(state.returns[-settings.volatility_window :])
        state.volatilities.append(deviation * math.sqrt(settings.bars_per_year))
        if len(state.volatilities) > settings.history:
            del state.volatilities[0]

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        self._state = msgspec.msgpack.decode(state, type=_State)


def sample_deviation(values: list[float]) -> float:
    """Standard deviation with n - 1; at least two values."""
    count = len(values)
    mean = math.fsum(values) / count
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
