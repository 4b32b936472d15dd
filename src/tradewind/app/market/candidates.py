"""Instruments as candidates of a universe, each as it was known at a moment."""

from collections.abc import Sequence
from functools import partial

from tradewind.core.instruments import Instrument
from tradewind.core.panel import BarColumns
from tradewind.core.releases import Release, known_releases
from tradewind.data.adjustment import CorporateAction, adjust_for_splits
from tradewind.data.quality.inspect_bars import inspect_bars
from tradewind.data.quality.inspection import QualitySettings
from tradewind.data.raw import raw_from_bars
from tradewind.data.reference.facts import Fact, known_facts
from tradewind.data.universe.registry import Candidate

_JUDGED_BARS = 1_260
"""The newest bars that a score is of, five years of days: what is older says little of the data of today."""


def candidate_of(
    instrument: Instrument,
    as_traded: BarColumns,
    calendar: str,
    actions: Sequence[CorporateAction],
    facts: Sequence[Fact],
    as_of_ns: int,
    quality: QualitySettings | None = None,
    releases: Sequence[Release] = (),
) -> Candidate:
    """The candidate by the bars, splits, facts and releases up to ``as_of_ns``, and nothing after.

    Bars that their source adjusted are marked by ``hindsight``: their level follows from what came later.
    """
    known = as_traded.between(0, as_of_ns + 1)
    bars = known if as_traded.adjusted else adjust_for_splits(known, tuple(actions), as_of_ns)
    judge = partial(_score, bars, calendar, quality)
    known_then = known_facts(facts, as_of_ns)
    due = known_releases(releases, as_of_ns)
    return Candidate(
        instrument, bars, known_then, as_of_ns, judge, as_traded.adjusted, calendar, releases=due
    )


def _score(bars: BarColumns, calendar: str, quality: QualitySettings | None) -> float:
    """The score of the newest of these bars, judged as if nothing had come after them."""
    newest = bars.between(int(bars.ts_event[-min(len(bars), _JUDGED_BARS)]), int(bars.ts_event[-1]) + 1)
    _, score = inspect_bars(raw_from_bars(newest), calendar, quality)
    return score.overall
