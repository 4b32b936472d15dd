"""It is of a sector that is wanted, by what was known then."""

from tradewind.core.settings import Settings
from tradewind.data.universe.registry import Candidate, Screened, one_of, universe_filter


class Sectors(Settings, frozen=True, kw_only=True):
    """Any of these, as the reference facts write them."""

    allowed: tuple[str, ...] = ()


@universe_filter("sector", Sectors())
def sector(candidate: Candidate, settings: Sectors) -> Screened:
    """Its sector is known and one of those allowed."""
    return one_of(candidate.facts.sector, settings.allowed, "its sector")
