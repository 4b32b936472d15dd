"""It is cheap to cross."""

from tradewind.core.settings import Bps, Settings
from tradewind.data.universe.registry import Candidate, Screened, universe_filter, within


class Spread(Settings, frozen=True, kw_only=True):
    """The whole spread that the instrument's description says, in basis points of the price."""

    most_bps: Bps = 20.0


@universe_filter("spread", Spread())
def spread(candidate: Candidate, settings: Spread) -> Screened:
    """The usual spread is small enough, by the instrument's description."""
    whole = 2.0 * candidate.instrument.half_spread_bps
    return within(whole, 0.0, settings.most_bps, "the spread in basis points")
