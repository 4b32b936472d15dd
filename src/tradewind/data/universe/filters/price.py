"""The price is neither too low nor too high."""

from typing import Annotated

import msgspec

from tradewind.core.settings import Settings
from tradewind.data.universe.registry import Candidate, Screened, universe_filter, within

Price = Annotated[float, msgspec.Meta(ge=0.0, le=1e12)]


class PriceRange(Settings, frozen=True, kw_only=True):
    """In the quote currency."""

    least: Price = 1.0
    most: Price = 1e12


@universe_filter("price", PriceRange())
def price(candidate: Candidate, settings: PriceRange) -> Screened:
    """The newest close lies between two prices; prices that their source adjusted are not those of then."""
    if candidate.hindsight:
        words = "its source has adjusted the prices for what came later: the price of then is not known"
        return Screened(False, float("nan"), words)
    newest = float(candidate.bars.close[-1]) if len(candidate.bars) else float("nan")
    return within(newest, settings.least, settings.most, "the close")
