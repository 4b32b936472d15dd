"""Whether the slower timeframe agrees: an alignment score from closed context bars."""

import math

import msgspec

from tradewind.core.errors import ConfigError
from tradewind.core.market import Bar, Timeframe
from tradewind.core.settings import Bars, Part, Settings

CONTEXT_OF = {Timeframe.M15: Timeframe.H1, Timeframe.H1: Timeframe.D1, Timeframe.D1: Timeframe.W1}
"""Context timeframe of each primary one."""

_EPOCH_TO_MONDAY_NS = 4 * 86_400_000_000_000  # weeks begin on Monday; 1970-01-01 was a Thursday


class TimeframeSettings(Settings, frozen=True, kw_only=True):
    """``window`` context bars make the trend.

    Agreement adds up to ``most_raise`` to confidence, disagreement takes up to ``most_cut``.
    """

    window: Bars = 20
    least: Bars = 6
    most_raise: Part = 0.2
    most_cut: Part = 0.4


class _State(msgspec.Struct, kw_only=True):
    closes: list[float] = msgspec.field(default_factory=list)
    bucket: int = -1
    bucket_close: float = 0.0


class ContextTrend:
    """Trend of one instrument's context timeframe, built from its own primary bars.

    A context bar is closed, and counts, when a primary bar ends exactly with it or the first bar of the next
    one arrives; until then its running close is not looked at.
    """

    def __init__(self, context: Timeframe, settings: TimeframeSettings | None = None) -> None:
        self.settings = settings if settings is not None else TimeframeSettings()
        if self.settings.least < 3 or self.settings.window < self.settings.least:
            message = f"A trend over {self.settings.window} bars, at least {self.settings.least}, is none."
            raise ConfigError(message, "Use at least 3 bars and a window of no less.")
        if not 0.0 <= self.settings.most_raise <= 0.2:
            message = f"Agreement may raise confidence by {self.settings.most_raise}."
            raise ConfigError(message, "Use at most 0.2.")
        self.context = context
        self._state = _State()

    def on_bar(self, bar: Bar) -> None:
        """Take a closed primary bar of the instrument; bars come in time order."""
        length = self.context.length_ns
        shift = _EPOCH_TO_MONDAY_NS if self.context is Timeframe.W1 else 0
        # A bar is stamped by its close, so one that ends on the boundary is the last of its bucket.
        bucket = (bar.ts_event - shift - 1) // length
        state = self._state
        if bucket != state.bucket and state.bucket_close > 0.0:
            self._close_bucket()
        state.bucket, state.bucket_close = bucket, bar.close
        if (bar.ts_event - shift) % length == 0:
            self._close_bucket()

    def rescale(self, factor: float) -> None:
        """Prices of before a split on the basis after it."""
        self._state.closes = [close * factor for close in self._state.closes]
        self._state.bucket_close *= factor

    def _close_bucket(self) -> None:
        state = self._state
        state.closes.append(state.bucket_close)
        if len(state.closes) > self.settings.window + 1:
            del state.closes[0]
        state.bucket_close = 0.0

    @property
    def trend(self) -> float:
        """-1 (falling) to 1 (rising): tanh of half the mean return's t-statistic; 0.0 with too few bars."""
        closes = self._state.closes
        count = len(closes) - 1
        if count < self.settings.least:
            return 0.0
        returns = [closes[i + 1] / closes[i] - 1.0 for i in range(count)]
        mean = math.fsum(returns) / count
        squares = math.fsum((r - mean) ** 2 for r in returns)
        if squares == 0.0:
            return math.copysign(1.0, mean) if mean else 0.0
        t_statistic = mean / math.sqrt(squares / (count - 1) / count)
        return math.tanh(t_statistic / 2.0)

    def alignment(self, side: int) -> float:
        """Agreement of the context's trend with a side (+1 or -1), in [-1, 1]."""
        return side * self.trend

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        self._state = msgspec.msgpack.decode(state, type=_State)


def context_of(timeframe: str) -> Timeframe:
    """The context timeframe of a primary one; ConfigError names one that has none."""
    context = CONTEXT_OF.get(Timeframe(timeframe))
    if context is None:
        message = f"Bars of {timeframe} have no context timeframe."
        raise ConfigError(message, f"Leave `context` out, or decide on {', '.join(CONTEXT_OF)} bars.")
    return context


def aligned_confidence(confidence: float, alignment: float, settings: TimeframeSettings) -> float:
    """Confidence raised by agreement (by ``most_raise`` at most) or lowered by disagreement, in [0, 1]."""
    change = alignment * (settings.most_raise if alignment > 0.0 else settings.most_cut)
    return min(max(confidence + change, 0.0), 1.0)
