"""From findings to a score: 0 to 100 on six sides, for each day and for the whole series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.quality.finding import Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection

SEVERITY_COST = {Severity.SEVERE: 1.0, Severity.ERROR: 1.0, Severity.WARNING: 0.5, Severity.INFO: 0.05}
"""Share of a bar that one finding takes away on its side."""
SEVERE_CAP = 50.0
"""What a series scores at most with a severe finding: one lost split makes every return across it wrong."""


@dataclass(frozen=True)
class QualityScore:
    """Scores of one series, each from 0 (useless) to 100 (nothing found).

    ``day`` (D,) are days since 1970 on which a bar was there or expected, ``bars`` how many and ``severe``
    how many severe findings; ``by_day`` has the six sides and ``overall`` for each of them. ``overall`` is
    the worst of the six sides: prices that are wrong are not made better by arriving on time.
    """

    instrument_id: str
    timeframe: str
    overall: float
    sides: Mapping[str, float]
    day: Ints
    bars: Ints
    severe: Ints
    by_day: Mapping[str, Floats]

    def tradable(self, floor: float) -> bool:
        """Whether the series is good enough to trade on."""
        return self.overall >= floor


def score(seen: Inspection, findings: Sequence[Finding]) -> QualityScore:
    """Hold the findings against the bars that were expected, day by day.

    A side of a day is ``100 * (1 - cost / bars)``, not below 0, with the costs of its findings and the
    number of bars expected or there; a side of the series is the mean over days, weighted by bars, and its
    accuracy is no more than ``SEVERE_CAP`` with a severe finding.
    """
    ts_event = seen.raw.ts_event
    if seen.expected_ts is not None:
        ts_event = np.union1d(ts_event, seen.expected_ts)
    days, bars = np.unique(day_of(np.unique(ts_event)), return_counts=True)
    grave = day_of(np.array([f.ts_event for f in findings if f.severity is Severity.SEVERE], dtype=np.int64))
    severe = np.bincount(np.searchsorted(days, grave), minlength=len(days)).astype(np.int64)
    by_day: dict[str, Floats] = {}
    for side in Dimension:
        chosen = [f for f in findings if f.dimension is side]
        cost = np.zeros(len(days))
        places = np.searchsorted(days, day_of(np.array([f.ts_event for f in chosen], dtype=np.int64)))
        np.add.at(cost, places, [SEVERITY_COST[f.severity] for f in chosen])
        by_day[side.value] = 100.0 * np.maximum(0.0, 1.0 - cost / bars)
    return from_days(seen.raw.instrument_id, seen.raw.timeframe, days, bars, severe, by_day)


def from_days(
    instrument_id: str, timeframe: str, day: Ints, bars: Ints, severe: Ints, by_day: Mapping[str, Floats]
) -> QualityScore:
    """The score of a series from the six sides of its days."""
    sides = {
        side.value: float(np.average(by_day[side.value], weights=bars)) if len(day) else 0.0
        for side in Dimension
    }
    if severe.any():
        accuracy = Dimension.ACCURACY.value
        sides[accuracy] = min(sides[accuracy], SEVERE_CAP)
    overall = np.min([by_day[side.value] for side in Dimension], axis=0)
    return QualityScore(
        instrument_id=instrument_id,
        timeframe=timeframe,
        overall=min(sides.values()),
        sides=sides,
        day=day,
        bars=bars,
        severe=severe,
        by_day={**by_day, "overall": overall},
    )


def day_of(ts_event: Ints) -> Ints:
    """UTC day of each bar; one that closes at midnight belongs to the day that ends."""
    days: Ints = (ts_event - 1) // NS_PER_DAY
    return days
