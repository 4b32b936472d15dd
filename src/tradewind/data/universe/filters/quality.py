"""Its data can be relied on."""

from tradewind.core.settings import Percent, Settings
from tradewind.data.universe.registry import Candidate, Screened, universe_filter, within


class Quality(Settings, frozen=True, kw_only=True):
    """Score of 100."""

    least: Percent = 80.0


@universe_filter("quality", Quality())
def quality(candidate: Candidate, settings: Quality) -> Screened:
    """The quality score of its days up to then is high enough."""
    score = candidate.judge() if len(candidate.bars) else float("nan")
    return within(score, settings.least, 100.0, "the quality score")
