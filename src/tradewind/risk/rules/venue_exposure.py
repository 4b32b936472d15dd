"""Not everything on one venue."""

import msgspec

from tradewind.core.decisions import RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.settings import Limit, Settings
from tradewind.risk.breach import within
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class VenueExposure(Settings, frozen=True, kw_only=True):
    """Largest gross exposure on one venue as a fraction of equity; ``by_venue`` overrides it by name."""

    limit: Limit = 1.0
    by_venue: dict[str, Limit] = msgspec.field(default_factory=dict)


@risk_rule("venue_exposure", VenueExposure(), stage=3, needs_exposure=True)
def venue_exposure(
    order: Order, instrument: Instrument, view: OrderView, settings: VenueExposure
) -> RiskVerdict:
    """Refuse what would put too much on one venue."""
    venue = instrument.venue
    limit = settings.by_venue.get(venue, settings.limit)
    exposure = view.exposures.by_venue.get(venue, 0)
    return within("venue_exposure", f"Exposure on {venue}", exposure, limit, view.book.equity_e8)
