"""What is traded: instruments with their grids, calendars and fees, and the symbols people write."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

import msgspec

from tradewind.core.errors import UnknownSymbolError
from tradewind.core.money import value_ratio


class AssetClass(StrEnum):
    """Kind of instrument; limits, gauges and calendars hang on it."""

    EQUITY = "equity"
    ETF = "etf"
    INDEX = "index"
    CRYPTO = "crypto"
    FX = "fx"


def class_group(asset_class: AssetClass) -> str:
    """``equity`` (stocks, funds, indices), ``crypto`` or ``fx``: what class limits and breakers go by."""
    if asset_class is AssetClass.CRYPTO:
        return "crypto"
    return "fx" if asset_class is AssetClass.FX else "equity"


class FeeSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue takes. Rates are fractions of notional in 1e-8 (10 bps = 100_000)."""

    maker_rate_e8: int = 0
    taker_rate_e8: int = 0
    per_unit_e8: int = 0
    """Cash in 1e-8 for each whole unit (share, coin) traded."""
    minimum_e8: int = 0


class Instrument(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One thing that can be traded or watched on one venue.

    ``tick_size`` and ``lot_size`` are exact decimal strings. ``calendar`` is a name of the
    ``exchange_calendars`` library (``XNYS``, ``24/7``, ``24/5``). ``bars_per_year`` counts daily bars.
    """

    symbol: str
    asset_class: AssetClass
    venue: str
    quote_currency: str
    tick_size: str
    lot_size: str
    calendar: str
    bars_per_year: int = 252
    fees: FeeSchedule = FeeSchedule()
    shortable: bool = True
    tradable: bool = True
    half_spread_bps: float = 1.0
    """Half of the usual bid-ask spread, for venues that have no quotes."""

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
    def ratio(self) -> tuple[int, int]:
        """``(numerator, denominator)`` that turns ticks x lots into cash in 1e-8."""
        return value_ratio(self.tick, self.lot)


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
        raise UnknownSymbolError(message, "Write AAPL, BTC/USDT or EUR/USD.")
    for quote in _QUOTES:
        pair = f"{word[: -len(quote)]}/{quote}"
        if word.endswith(quote) and len(word) >= len(quote) + 3 and (not names or pair in names):
            return pair
    return word


def find_instrument(instruments: Mapping[str, Instrument], text: str) -> Instrument:
    """The instrument people mean by ``text``; UnknownSymbolError lists what there is."""
    symbol = canonical_symbol(text, instruments)
    found = instruments.get(symbol)
    if found is None:
        message = f"No instrument is called {text!r}."
        raise UnknownSymbolError(message, f"Known are: {', '.join(sorted(instruments))}.")
    return found
