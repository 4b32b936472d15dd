"""It is of a class that is wanted."""

from tradewind.core.instruments import AssetClass
from tradewind.core.settings import Settings
from tradewind.data.universe.registry import Candidate, Screened, one_of, universe_filter


class Classes(Settings, frozen=True, kw_only=True):
    """Any of these."""

    allowed: tuple[AssetClass, ...] = (AssetClass.EQUITY, AssetClass.ETF)


@universe_filter("asset_class", Classes())
def asset_class(candidate: Candidate, settings: Classes) -> Screened:
    """Its class is one of those allowed."""
    allowed = tuple(one.value for one in settings.allowed)
    return one_of(candidate.instrument.asset_class.value, allowed, "its class")
