"""The hard conditions of a decision: all of them must hold, and each is kept with its figures."""

import math
from bisect import insort
from collections.abc import Sequence

from tradewind.core.decisions import FilterVerdict
from tradewind.core.errors import ConfigError
from tradewind.core.settings import Bps, Settings


class ConditionSettings(Settings, frozen=True, kw_only=True):
    """``margin_bps`` is what the edge must bring beyond its round-trip cost."""

    margin_bps: Bps = 1.0


def hard_conditions(
    *,
    side: int,
    edge_bps: float,
    cost_bps: float,
    score: float,
    threshold: float,
    blocks: Sequence[str] = (),
    settings: ConditionSettings | None = None,
) -> list[FilterVerdict]:
    """Every hard condition's verdict, in a fixed order.

    Parameters
    ----------
    side
        +1 for a long, -1 for a short; the edge is turned by it.
    edge_bps, cost_bps
        Expected return over the horizon, signed, and the whole round trip's cost, not negative.
    score, threshold
        The side's probability or score, and what it must pass (:class:`ScoreThreshold` or the adaptive one).
    blocks
        What stands against the trade: breakers, limits, stale inputs, blackouts, each in words. Every one
        becomes a verdict of its own.

    NaN in any figure fails its condition and says so.
    """
    margin = (settings or _DEFAULTS).margin_bps
    net = side * edge_bps - cost_bps
    verdicts = [
        FilterVerdict(
            name="edge_after_cost",
            passed=net > margin,
            value=net,
            threshold=margin,
            hard=True,
            note="no value (NaN)" if math.isnan(net) else "",
        ),
        FilterVerdict(
            name="score",
            passed=score > threshold,
            value=score,
            threshold=threshold,
            hard=True,
            note="no value (NaN)" if math.isnan(score) or math.isnan(threshold) else "",
        ),
    ]
    if not blocks:
        verdicts.append(FilterVerdict(name="no_block", passed=True, value=0.0, threshold=0.0, hard=True))
    verdicts.extend(
        FilterVerdict(name="no_block", passed=False, value=1.0, threshold=0.0, hard=True, note=block)
        for block in blocks
    )
    return verdicts


def all_hold(verdicts: Sequence[FilterVerdict]) -> bool:
    """Whether no hard verdict failed."""
    return all(verdict.passed for verdict in verdicts if verdict.hard)


def first_failure(verdicts: Sequence[FilterVerdict]) -> str:
    """The first hard verdict that failed, in words; empty when all hold."""
    for verdict in verdicts:
        if verdict.hard and not verdict.passed:
            figures = f"{verdict.name}: {verdict.value:g} against {verdict.threshold:g}"
            return f"{figures} ({verdict.note})" if verdict.note else figures
    return ""


class ScoreThreshold:
    """A quantile of a model's own out-of-sample scores: what a score must pass to be one of its better ones.

    Seed it with the scores of the walk-forward; add each new score *after* it was judged, so that none is
    ever held against itself. With fewer than ``least`` scores the threshold is NaN, which nothing passes.
    """

    def __init__(
        self, seed: Sequence[float] = (), quantile: float = 0.8, lookback: int = 1_000, least: int = 50
    ) -> None:
        if not 0.0 < quantile < 1.0 or lookback < least:
            message = f"A quantile of {quantile} over {lookback} scores, at least {least}, cannot be taken."
            raise ConfigError(message, "Use a quantile between 0 and 1 and a lookback of at least the least.")
        self.quantile = quantile
        self.lookback = lookback
        self.least = least
        self._recent: list[float] = []
        self._sorted: list[float] = []
        for score in seed:
            self.add(score)

    def add(self, score: float) -> None:
        """Remember a score; NaN is left out."""
        if score != score:
            return
        self._recent.append(score)
        insort(self._sorted, score)
        if len(self._recent) > self.lookback:
            self._sorted.remove(self._recent.pop(0))

    @property
    def value(self) -> float:
        """The quantile, linear between neighbours (Hyndman and Fan's type 7); NaN with too few scores."""
        count = len(self._sorted)
        if count < self.least:
            return math.nan
        place = self.quantile * (count - 1)
        low = int(place)
        high = min(low + 1, count - 1)
        return self._sorted[low] + (place - low) * (self._sorted[high] - self._sorted[low])

    def scores(self) -> list[float]:
        """The scores that count, oldest first: the whole state, for snapshots."""
        return list(self._recent)


_DEFAULTS = ConditionSettings()
