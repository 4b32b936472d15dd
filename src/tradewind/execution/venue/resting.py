"""What the simulated venue keeps: orders on its book, and the terms of each instrument."""

from fractions import Fraction

import msgspec

from tradewind.core.book import PositionKey
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Order, OrderType, Side
from tradewind.kernels.fills import LIMIT, MARKET, STOP, STOP_LIMIT

KINDS = {
    OrderType.MARKET: MARKET,
    OrderType.LIMIT: LIMIT,
    OrderType.STOP: STOP,
    OrderType.STOP_LIMIT: STOP_LIMIT,
}

WITHOUT_VOLUME = (AssetClass.FX, AssetClass.INDEX)
"""Classes whose bars carry no volume in units: ticks counted, or nothing."""


class Resting(msgspec.Struct, kw_only=True):
    """One order on the book, with all that fills and corporate actions change of it.

    ``order`` stays as it was sent; what it is now are the levels and lots here.
    """

    order: Order
    kind: int
    """Of ``kernels.fills``; a stop that has triggered is ``MARKET``, a stop-limit ``LIMIT``."""
    side: int
    reduces: bool
    """It may only shrink a position: reduce-only, or a sale where nothing can be sold short."""
    active_ns: int
    """Data later than this may fill it."""
    limit_ticks: int | None
    stop_ticks: int | None
    remaining_lots: int
    filled_lots: int = 0
    yielded_lots: int = 0
    """Lots that others of its group have taken off it."""
    waits: bool = False
    """Its parent has not filled: it rests and nothing can fill it."""
    arrival_ticks: int | None = None
    """Price when the order reached the market (a stop: its stop price); None until it has."""
    day: int = -1
    """Trading day of the first data that could fill it; -1 until there was some."""
    fills: int = 0
    fee_e8: int = 0
    """Fees by schedule so far, before the minimum."""
    charged_e8: int = 0


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the venue needs of an instrument, worked out once."""

    instrument: Instrument
    tick: float
    lot: float
    value_numerator: int
    value_denominator: int
    lot_numerator: int
    lot_denominator: int
    half_spread_bps: float
    has_volume: bool
    signed_prices: bool
    fee_currency: str
    """Empty where fees are taken in the quote currency."""


class VenueState(msgspec.Struct, kw_only=True):
    """Everything that changes in the venue; what a snapshot holds."""

    now_ns: int = 0
    seen: dict[str, int] = msgspec.field(default_factory=dict)
    """Lots filled of every order that was ever sent, by client order id; a repeated one is ignored."""
    resting: dict[str, dict[str, Resting]] = msgspec.field(default_factory=dict)
    """Orders by instrument and id, in the order in which they came."""
    positions: dict[PositionKey, int] = msgspec.field(default_factory=dict)
    """Signed lots."""
    finest: dict[str, str] = msgspec.field(default_factory=dict)
    """Shortest timeframe of bars by instrument: the one whose bars fill orders."""


def terms_of(instrument: Instrument, half_spread_bps: float | None) -> Terms:
    """The instrument's terms, with the venue's own half spread where it has one."""
    lot = Fraction(instrument.lot)
    spread = instrument.half_spread_bps if half_spread_bps is None else half_spread_bps
    currency = instrument.fee_currency
    return Terms(
        instrument=instrument,
        tick=instrument.tick_float,
        lot=instrument.lot_float,
        value_numerator=instrument.ratio[0],
        value_denominator=instrument.ratio[1],
        lot_numerator=lot.numerator,
        lot_denominator=lot.denominator,
        half_spread_bps=spread,
        has_volume=instrument.asset_class not in WITHOUT_VOLUME,
        signed_prices=instrument.negative_prices,
        fee_currency="" if currency == instrument.quote_currency else currency,
    )


def rest(order: Order, terms: Terms, active_ns: int, *, waits: bool = False) -> Resting:
    """The order as it stands on the book from ``active_ns`` on."""
    selling_spot = order.side is Side.SELL and not terms.instrument.shortable
    return Resting(
        order=order,
        kind=KINDS[order.order_type],
        side=order.side.sign,
        reduces=order.reduce_only or selling_spot,
        active_ns=active_ns,
        limit_ticks=order.limit_price_ticks,
        stop_ticks=order.stop_price_ticks,
        remaining_lots=order.quantity_lots,
        waits=waits,
    )


def reducible_lots(resting: Resting, position_lots: int) -> int:
    """Lots by which an order that only reduces may shrink the position."""
    return max(0, -resting.side * position_lots)
