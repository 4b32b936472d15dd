"""It is of a size that is wanted, by what was known then."""

from tradewind.core.settings import Settings
from tradewind.data.universe.registry import Candidate, Screened, one_of, universe_filter


class MarketClasses(Settings, frozen=True, kw_only=True):
    """Any of these, as the reference facts write them: large, mid, small."""

    allowed: tuple[str, ...] = ("large", "mid")


@universe_filter("market_value", MarketClasses())
def market_value(candidate: Candidate, settings: MarketClasses) -> Screened:
    """The class of its market value is known and one of those allowed."""
    return one_of(candidate.facts.market_class, settings.allowed, "its market value")
