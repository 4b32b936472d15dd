"""It belonged to an index at that moment."""

from tradewind.core.settings import Settings
from tradewind.data.universe.registry import Candidate, Screened, universe_filter


class Index(Settings, frozen=True, kw_only=True):
    """The index, as the reference facts write it."""

    name: str = "S&P 500"


@universe_filter("index_member", Index())
def index_member(candidate: Candidate, settings: Index) -> Screened:
    """By what was known then it had joined the index and not left it."""
    inside = settings.name in candidate.facts.indices
    words = f"it belongs to {settings.name}" if inside else f"it does not belong to {settings.name}"
    return Screened(inside, float("nan"), words)
