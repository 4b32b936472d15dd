"""How well one source serves: a rolling score of success, delay, silence and agreement with the others.

Each part is between 0 (useless) and 1 (perfect) and the score is their product, so that one bad side is
enough to put a source behind another. Pure bookkeeping: times are given.
"""

from collections import deque
from dataclasses import dataclass, field

_SPANS, _LEFT_OUT = 8, 2


@dataclass(frozen=True)
class HealthSettings:
    """``memory`` is the weight of the newest bar or failure; at ``half_...`` a part of the score is one half.

    ``agree_bps`` is how far two closes of one bar may lie apart, in basis points of the served one.
    """

    memory: float = 0.1
    half_delay_s: float = 2.0
    half_silence_s: float = 5.0
    agree_bps: float = 2.0


@dataclass
class Health:
    """One source. It begins unblemished and unheard.

    Silence says something only of one that is heard all the time, by spans of ``span_s``: a source of bars
    alone is silent between them.
    """

    settings: HealthSettings = field(default_factory=HealthSettings)
    span_s: float = 1.0
    success: float = 1.0
    agreement: float = 1.0
    delay_s: float = 0.0
    heard_s: float | None = None
    _spans: deque[int] = field(default_factory=lambda: deque(maxlen=_SPANS))
    bars: int = 0
    failures: int = 0

    def hear(self, at_s: float) -> None:
        """Something came, whatever it was."""
        self.heard_s = at_s
        span = int(at_s / self.span_s)
        if not self._spans or self._spans[-1] != span:
            self._spans.append(span)

    def on_bar(self, delay_s: float) -> None:
        """A bar came, ``delay_s`` after the first source that had it (0 for the first)."""
        self.bars += 1
        self.success = self._moved(self.success, 1.0)
        self.delay_s = self._moved(self.delay_s, max(delay_s, 0.0))

    def on_failure(self) -> None:
        """It broke, fell silent or was late."""
        self.failures += 1
        self.success = self._moved(self.success, 0.0)

    def compare(self, close: float, served: float) -> bool:
        """Whether its close agrees with the one that was served; the score takes note."""
        agrees = abs(close - served) * 10_000.0 <= self.settings.agree_bps * abs(served)
        self.agreement = self._moved(self.agreement, 1.0 if agrees else 0.0)
        return agrees

    @property
    def is_talkative(self) -> bool:
        """Whether it was heard in nearly all of the last spans in which it could be."""
        return len(self._spans) == _SPANS and self._spans[-1] - self._spans[0] < _SPANS + _LEFT_OUT

    def silence_s(self, at_s: float) -> float:
        """Seconds since something came of one that is heard all the time; 0.0 of any other."""
        return max(at_s - self.heard_s, 0.0) if self.heard_s is not None and self.is_talkative else 0.0

    def score(self, at_s: float) -> float:
        """From 0 to 1."""
        half_delay, half_silence = self.settings.half_delay_s, self.settings.half_silence_s
        fresh = half_silence / (half_silence + self.silence_s(at_s))
        prompt = half_delay / (half_delay + self.delay_s)
        return self.success * self.agreement * prompt * fresh

    def _moved(self, value: float, towards: float) -> float:
        return value + self.settings.memory * (towards - value)
