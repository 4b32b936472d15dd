"""The ``instruments:`` section: what an instrument is, where nobody says it or somebody says otherwise."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec
from pydantic import BaseModel, ConfigDict, Field, field_validator

from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.instruments import (
    AssetClass,
    FeeIn,
    FeeSchedule,
    Instrument,
    canonical_symbol,
    instrument_id,
    venue_of,
)
from tradewind.core.money import CASH_SCALE
from tradewind.core.ports import Instruments
from tradewind.data.describing import OWN_VENUE, usual_class, usual_instrument

_RATE_OF_BPS = 10_000
"""One basis point in 1e-8."""


class FeeConfig(BaseModel):
    """What a venue takes of a trade: rates in basis points, and money for a unit and at least."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    maker_bps: float = Field(default=0.0, ge=-100.0, le=1_000.0, description="below nothing is a rebate")
    taker_bps: float = Field(default=0.0, ge=0.0, le=1_000.0)
    per_unit: float = Field(default=0.0, ge=0.0, le=1_000.0, description="money for a share or coin")
    minimum: float = Field(default=0.0, ge=0.0, le=10_000.0, description="money for an order at least")
    fee_in: FeeIn = FeeIn.QUOTE

    def schedule(self) -> FeeSchedule:
        """The same in the units of records."""
        return FeeSchedule(
            maker_rate_e8=round(self.maker_bps * _RATE_OF_BPS),
            taker_rate_e8=round(self.taker_bps * _RATE_OF_BPS),
            per_unit_e8=round(self.per_unit * CASH_SCALE),
            minimum_e8=round(self.minimum * CASH_SCALE),
            fee_in=self.fee_in,
        )


class InstrumentConfig(BaseModel):
    """One instrument; what is left out is as an import or the sample says, or usual for its class."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    asset_class: AssetClass | None = None
    currency: str = Field(default="", pattern="^([A-Z]{3,5})?$", description="what it is paid in")
    tick: str = Field(default="", description="smallest step of its price, exact: '0.01'")
    lot: str = Field(default="", description="smallest quantity, exact: '1'")
    minimum_notional: str = Field(
        default="", description="least value of an order in its currency: '5'; '0' where there is none"
    )
    minimum_quantity: str = Field(
        default="", description="least quantity of an order: '0.001'; '0' where there is none"
    )
    maximum_quantity: str = Field(default="", description="most quantity of one order: '9000'")
    calendar: str = Field(default="", description="a name of exchange_calendars, 24/7 or 24/5")
    fees: FeeConfig | None = Field(default=None, description="empty takes those that are usual for its class")
    half_spread_bps: float | None = Field(default=None, ge=0.0, le=1_000.0)
    shortable: bool | None = None
    tradable: bool | None = None
    negative_prices: bool | None = None

    @field_validator("tick", "lot", mode="before")
    @classmethod
    def _is_exact(cls, value: object) -> str:
        text = str(value)
        amount = _amount(text)
        if text and (amount is None or amount <= 0):
            message = f"{text!r} is no step above nothing, such as '0.01'"
            raise ValueError(message)
        return text

    @field_validator("minimum_notional", "minimum_quantity", "maximum_quantity", mode="before")
    @classmethod
    def _is_value(cls, value: object) -> str:
        text = str(value)
        amount = _amount(text)
        if text and (amount is None or amount < 0):
            message = f"{text!r} is no amount, such as '5'"
            raise ValueError(message)
        return text


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def own_instruments(given: Mapping[str, InstrumentConfig], known: Instruments) -> dict[str, Instrument]:
    """The instruments of the section by id, each on top of what is ``known`` of it.

    Raises
    ------
    ConfigError
        One cannot be an instrument; its key is the error's location.
    """
    made: dict[str, Instrument] = {}
    for text, config in given.items():
        try:
            instrument = _described(text, config, known)
        except TradewindError as error:
            error.location = ("instruments", text)
            error.message = f"instruments.{text}: {error.message}"
            raise
        if instrument.id in made:
            message = f"instruments.{text}: {instrument.id} stands in it twice."
            raise ConfigError(message, "Write it once.", location=("instruments", text))
        made[instrument.id] = instrument
    return made


def _described(text: str, config: InstrumentConfig, known: Instruments) -> Instrument:
    name = _id_of(text, known)
    base = known.get(name)
    if base is None:
        symbol, venue = name.removesuffix(f".{venue_of(name)}"), venue_of(name)
        base = usual_instrument(
            symbol,
            venue,
            asset_class=config.asset_class or usual_class(symbol),
            quote_currency=config.currency,
            calendar=config.calendar,
            tick_size=config.tick,
        )
    changes = {
        "asset_class": config.asset_class,
        "quote_currency": config.currency or None,
        "tick_size": config.tick or None,
        "lot_size": config.lot or None,
        "minimum_notional": config.minimum_notional or None,
        "minimum_quantity": config.minimum_quantity or None,
        "maximum_quantity": config.maximum_quantity or None,
        "calendar": config.calendar or None,
        "fees": config.fees.schedule() if config.fees is not None else None,
        "half_spread_bps": config.half_spread_bps,
        "shortable": config.shortable,
        "tradable": config.tradable,
        "negative_prices": config.negative_prices,
    }
    return msgspec.structs.replace(
        base, **{key: value for key, value in changes.items() if value is not None}
    )


def _id_of(text: str, known: Instruments) -> str:
    """``SYMBOL.VENUE`` of a key; without a venue the instrument so called, else one on a venue of its own."""
    word = text.strip().upper()
    if word in known:
        return word
    symbol, dot, venue = word.rpartition(".")
    if dot:
        return instrument_id(canonical_symbol(symbol), venue)
    symbol = canonical_symbol(word, {one.symbol for one in known.values()})
    found = [one.id for one in known.values() if one.symbol == symbol]
    if len(found) > 1:
        message = f"{text!r} is traded on several venues."
        raise ConfigError(message, f"Write one of {', '.join(found)}.")
    return found[0] if found else instrument_id(symbol, OWN_VENUE)
