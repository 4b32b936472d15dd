"""What the venue server trades: instruments with the names and grids that clients see."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

import msgspec

from tradewind.core.errors import ConfigError
from tradewind.core.instruments import AssetClass, FeeIn, FeeSchedule, Instrument
from tradewind.core.money import cash_from_decimal

LOT = "0.00000001"
"""Quantities are counted in 1e-8 of a unit, so that shares have fractions and fees can be taken in coins."""

UNIT_LOTS = 10**8
"""Lots of one whole unit."""

NAMESPACE = UUID("6f0c7a52-8a55-4f0e-9d7e-2f4b1c8f5a10")
"""Ids of the server are made from names in this space: the same after every restart."""


@dataclass(frozen=True)
class Listing:
    """One instrument as it is listed here.

    ``instrument`` counts in :data:`LOT`; ``step`` is the grid of quantities that clients keep to. Fees of a
    coin are taken in what is received, as exchanges do: in coins when bought, in money when sold.
    """

    instrument: Instrument
    step: Decimal

    @property
    def id(self) -> str:
        """Under which the simulated venue knows it."""
        return self.instrument.id

    @property
    def is_coin(self) -> bool:
        """Whether it is a pair of coins, day and night, without shorting."""
        return self.instrument.asset_class is AssetClass.CRYPTO

    @property
    def base(self) -> str:
        """What is bought: a coin, or the share's own symbol."""
        return self.instrument.asset

    @property
    def quote(self) -> str:
        """What is paid with."""
        return self.instrument.quote_currency

    @property
    def asset_id(self) -> str:
        """A UUID that stays the same."""
        return str(uuid5(NAMESPACE, f"asset:{self.id}"))

    def grid_lots(self, lots: int) -> int:
        """On what grid a quantity trades: of whole shares whole ones, of anything else its step."""
        whole = not self.is_coin and lots >= UNIT_LOTS and lots % UNIT_LOTS == 0
        return UNIT_LOTS if whole else cash_from_decimal(self.step)

    def price(self, ticks: int) -> Decimal:
        """Ticks as an exact price."""
        return Decimal(ticks) * self.instrument.tick


def list_instruments(
    instruments: Iterable[Instrument], fees: FeeSchedule | None = None, *, coins_alone: bool = False
) -> dict[str, Listing]:
    """Listings by instrument id, in order; ``fees`` replace those of coins, shares trade free of commission.

    Raises
    ------
    ConfigError
        An instrument cannot be traded, two have one symbol, or what one is paid with is traded in another.
    """
    listed: dict[str, Listing] = {}
    for instrument in instruments:
        coin = instrument.asset_class is AssetClass.CRYPTO
        if not instrument.tradable or instrument.asset_class not in _TRADED:
            message = f"{instrument.id} is no share and no pair of coins that can be traded."
            raise ConfigError(message, "Leave it out of --symbols.")
        if coins_alone and not coin:
            message = f"{instrument.id} is no pair of coins, and this protocol trades nothing else."
            raise ConfigError(message, "Leave it out of --symbols.")
        if any(instrument.symbol == other.instrument.symbol for other in listed.values()):
            message = f"{instrument.symbol} is given twice."
            raise ConfigError(message, "Name one venue of it in --symbols.")
        changed = msgspec.structs.replace(
            instrument,
            lot_size=LOT,
            fees=_in_money(fees or instrument.fee_schedule) if coin else FeeSchedule(),
            shortable=instrument.shortable and not coin,
        )
        listed[instrument.id] = Listing(changed, instrument.lot if coin else Decimal("0.000001"))
    bases, quotes = ({pick(one) for one in listed.values()} for pick in (_base, _quote))
    if bases & quotes:
        message = f"{', '.join(sorted(bases & quotes))} would be both money and merchandise."
        raise ConfigError(message, "Rehearse the pairs that are paid with it apart.")
    return listed


def _base(listing: Listing) -> str:
    return listing.base


def _quote(listing: Listing) -> str:
    return listing.quote


def _in_money(fees: FeeSchedule) -> FeeSchedule:
    """Reckoned in money; the account turns what is bought into coins itself."""
    return msgspec.structs.replace(fees, fee_in=FeeIn.QUOTE)


_TRADED = (AssetClass.EQUITY, AssetClass.ETF, AssetClass.CRYPTO)
