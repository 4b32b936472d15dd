"""What is traded: instruments with their grids, calendars and fees, and the symbols people write.

An instrument is a symbol on a venue, written ``SYMBOL.VENUE`` (``AAPL.XNAS``, ``BTC/USDT.BINANCE``). The same
asset on two venues is two instruments of one asset. People write ``AAPL``, ``BTCUSDT`` or ``BTC-USD``;
:func:`find_instrument` says which instrument they mean, and asks where there are several.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

import msgspec

from tradewind.core.errors import ConfigError, UnknownSymbolError
from tradewind.core.money import CASH_SCALE, value_ratio


class AssetClass(StrEnum):
    """Kind of instrument; limits, gauges and calendars hang on it."""

    EQUITY = "equity"
    ETF = "etf"
    INDEX = "index"
    CRYPTO = "crypto"
    FX = "fx"
    FUTURE = "future"
    OPTION = "option"


_NOT_BUILT = (AssetClass.FUTURE, AssetClass.OPTION)


def class_group(asset_class: AssetClass) -> str:
    """``equity`` (stocks, funds, indices), ``crypto`` or ``fx``: what class limits and breakers go by."""
    if asset_class is AssetClass.CRYPTO:
        return "crypto"
    return "fx" if asset_class is AssetClass.FX else "equity"


class FeeIn(StrEnum):
    """What a venue takes its fees in: the money paid, or the thing bought."""

    QUOTE = "quote"
    BASE = "base"


class FeeSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue takes. Rates are fractions of notional in 1e-8 (10 bps = 100_000)."""

    maker_rate_e8: int = 0
    taker_rate_e8: int = 0
    per_unit_e8: int = 0
    """Cash in 1e-8 for each whole unit (share, coin) traded."""
    minimum_e8: int = 0
    fee_in: FeeIn = FeeIn.QUOTE
    """``base``: the fee is reckoned in the quote currency and taken in coins at the price of the fill."""


_NO_FEES = FeeSchedule()


class Instrument(msgspec.Struct, frozen=True, kw_only=True, dict=True, omit_defaults=True):
    """One thing that can be traded or watched on one venue.

    ``tick_size`` and ``lot_size`` are exact decimal strings. ``calendar`` is a name of the
    ``exchange_calendars`` library (``XNYS``, ``24/7``, ``24/5``).
    The fields from ``multiplier`` on are kept for futures and options, which are refused by name until they
    are built.
    """

    symbol: str
    asset_class: AssetClass
    venue: str
    quote_currency: str
    tick_size: str
    lot_size: str
    calendar: str
    fees: FeeSchedule | None = None
    """None: nobody said. A run then takes the usual ones of its class (``data/catalogue.with_usual_fees``);
    ``FeeSchedule()`` says that there are none."""
    shortable: bool = True
    tradable: bool = True
    half_spread_bps: float = 1.0
    """Half of the usual bid-ask spread, for venues that have no quotes."""
    negative_prices: bool = False
    """Whether its price may be nothing or less, as that of some energy contracts and spreads."""
    minimum_notional: str = ""
    """Least value of an order in the quote currency that the venue takes, an exact decimal; empty or nothing
    where there is none, or nobody says (:mod:`tradewind.core.minimum_notional`)."""
    minimum_quantity: str = ""
    """Least quantity of an order in whole units (shares, coins), an exact decimal; empty or nothing where
    there is none, or nobody says."""
    maximum_quantity: str = ""
    """Most of one order, likewise."""
    multiplier: str = "1"
    expiry_ns: int = 0
    underlying: str = ""
    strike: str = ""
    settlement: str = ""

    @cached_property
    def id(self) -> str:
        """``SYMBOL.VENUE``: the one name under which records, books and stores keep it."""
        return instrument_id(self.symbol, self.venue)

    @property
    def fee_currency(self) -> str:
        """What its fees are taken in."""
        return self.asset if self.fee_schedule.fee_in is FeeIn.BASE else self.quote_currency

    @property
    def fee_schedule(self) -> FeeSchedule:
        """What is taken of its trades; nothing where nobody said."""
        return _NO_FEES if self.fees is None else self.fees

    @property
    def asset(self) -> str:
        """What it is a market of: the first of a pair (``BTC``), else the symbol itself."""
        return self.symbol.partition("/")[0]

    @cached_property
    def tick(self) -> Decimal:
        """Exact price grid."""
        return Decimal(self.tick_size)

    @cached_property
    def lot(self) -> Decimal:
        """Exact quantity grid."""
        return Decimal(self.lot_size)

    @cached_property
    def tick_float(self) -> float:
        """Price grid for the one rounding step."""
        return float(self.tick_size)

    @cached_property
    def lot_float(self) -> float:
        """Quantity grid for the one rounding step."""
        return float(self.lot_size)

    @cached_property
    def minimum_notional_e8(self) -> Fraction:
        """Least value of an order in 1e-8 of the quote currency, exact; 0 where there is none."""
        return Fraction(self.minimum_notional or 0) * CASH_SCALE

    @cached_property
    def least_lots(self) -> int:
        """Least lots of an order by its quantity; 0 where there is none."""
        return -int(-Decimal(self.minimum_quantity or 0) // self.lot)

    @cached_property
    def most_lots(self) -> int:
        """Most lots of an order by its quantity; 0 where there is no such limit."""
        return int(Decimal(self.maximum_quantity or 0) // self.lot)

    @cached_property
    def ratio(self) -> tuple[int, int]:
        """``(numerator, denominator)`` that turns ticks x lots into cash in 1e-8."""
        return value_ratio(self.tick, self.lot)


def require_built(instrument: Instrument) -> None:
    """Refuse by name what records can say and the engine cannot carry out yet; ConfigError."""
    reserved = (instrument.expiry_ns, instrument.underlying, instrument.strike, instrument.settlement)
    if instrument.asset_class in _NOT_BUILT or any(reserved) or instrument.multiplier != "1":
        message = f"{instrument.id} is a {instrument.asset_class} with a contract's terms."
        raise ConfigError(message, "Futures and options cannot be traded yet: leave it out of the session.")


_VENUE = re.compile(r"^[A-Z0-9_-]+$")


def instrument_id(symbol: str, venue: str) -> str:
    """``SYMBOL.VENUE``; ConfigError for a venue that holds a dot or other signs."""
    if not _VENUE.match(venue):
        message = f"{venue!r} cannot be the venue of {symbol}."
        raise ConfigError(message, "Use capital letters, digits, _ and -, such as XNAS or BINANCE.")
    return f"{symbol}.{venue}"


def symbol_of(instrument_id: str) -> str:
    """The symbol of ``SYMBOL.VENUE``: all before its last dot; a plain word is its own symbol."""
    symbol, dot, _ = instrument_id.rpartition(".")
    return symbol if dot else instrument_id


def venue_of(instrument_id: str) -> str:
    """The venue of ``SYMBOL.VENUE``; empty for a plain word."""
    return instrument_id.rpartition(".")[2] if "." in instrument_id else ""


_QUOTES = ("USDT", "USDC", "BUSD", "USD", "EUR", "GBP", "JPY", "CHF", "BTC", "ETH")
_PLAIN = re.compile(r"^[A-Z0-9^][A-Z0-9.^]*$")


def canonical_symbol(text: str, known: Iterable[str] = ()) -> str:
    """Our spelling of a symbol: ``BTCUSDT``, ``BTC-USD`` and ``btc/usdt`` become ``BTC/USDT`` and so on.

    A plain word that is itself in ``known`` (``AAPL``) is left as it is, so that no stock is torn apart.
    """
    word = text.strip().upper()
    names = set(known)
    if word in names:
        return word
    for mark in ("/", "-", "_", ":"):
        if mark in word:
            base, _, quote = word.partition(mark)
            return f"{base}/{quote}"
    if not _PLAIN.match(word):
        message = f"{text!r} is not a symbol."
        raise UnknownSymbolError(message, "Write AAPL, BTC/USDT, EUR/USD or, with its venue, AAPL.XNAS.")
    for quote in _QUOTES:
        pair = f"{word[: -len(quote)]}/{quote}"
        if word.endswith(quote) and len(word) >= len(quote) + 3 and (not names or pair in names):
            return pair
    return word


def find_instrument(instruments: Mapping[str, Instrument], text: str) -> Instrument:
    """The instrument (of those by id) that people mean by a symbol, with or without its venue.

    Raises
    ------
    UnknownSymbolError
        There is none of that name, or the symbol stands on several venues; the message lists them.
    """
    word = text.strip().upper()
    if word in instruments:
        return instruments[word]
    symbols = {instrument.symbol for instrument in instruments.values()}
    spelt, dot, venue = word.rpartition(".")
    if dot and any(venue == instrument.venue for instrument in instruments.values()):
        found = _called(instruments, canonical_symbol(spelt, symbols), venue)
    else:
        found = _called(instruments, canonical_symbol(text, symbols))
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{text!r} is traded on several venues."
        raise UnknownSymbolError(message, f"Write one of {', '.join(one.id for one in found)}.")
    message = f"No instrument is called {text!r}."
    raise UnknownSymbolError(message, f"Known are: {', '.join(sorted(instruments))}.")


def _called(instruments: Mapping[str, Instrument], symbol: str, venue: str = "") -> list[Instrument]:
    return [i for i in instruments.values() if i.symbol == symbol and venue in ("", i.venue)]
