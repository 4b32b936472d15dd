"""Which instruments the symbols of files mean: those that are known, or as one of its class usually is."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from tradewind.core.errors import ConfigError, UnknownSymbolError
from tradewind.core.instruments import (
    AssetClass,
    Instrument,
    canonical_symbol,
    find_instrument,
    instrument_id,
)
from tradewind.core.panel import Floats
from tradewind.core.ports import Instruments
from tradewind.data.describing import FIAT, OWN_VENUE, usual_instrument
from tradewind.data.raw import PRICES, RawBars

_ROWS_THAT_TELL = 100
_FINEST = 10
_ANY_TICK = "0.01"
_PAIR = 6
_QUOTES = FIAT | {"USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI", "BTC", "ETH", "BNB"}
"""What pairs are quoted in: another word behind a dash or a line is part of a file's name."""
_SHARE_CLASS = re.compile(r"^([A-Z]+)-([A-Z])$")


@dataclass(frozen=True)
class Naming:
    """What is said of the instruments of an import; what is empty is as known, or as usual for the class."""

    venue: str = ""
    currency: str = ""
    asset_class: AssetClass | None = None
    calendar: str = ""
    tick: str = ""


@dataclass
class ImportNames:
    """The instruments of one import, by the symbols of its files."""

    known: Instruments
    naming: Naming
    made: dict[str, Instrument] = field(default_factory=dict)
    """Instruments that nobody knew, by id."""

    def calendar_of(self, symbol: str) -> str:
        """When bars of a symbol are made; ConfigError where nothing says it."""
        if self.naming.calendar:
            return self.naming.calendar
        found = self._known(symbol)
        return (found or self._usual(symbol, self.naming.tick or _ANY_TICK)).calendar

    def instrument(self, raw: RawBars) -> Instrument:
        """The instrument of a series whose name is its file's symbol.

        Raises
        ------
        UnknownSymbolError
            The symbol stands on several venues, or is none.
        ConfigError
            It is not known, and what it is cannot be told.
        """
        found = self._known(raw.instrument_id)
        if found is not None:
            return found
        made = self._usual(raw.instrument_id, self.naming.tick or self._tick(raw))
        return self.made.setdefault(made.id, made)

    def _known(self, symbol: str) -> Instrument | None:
        instruments = {**self.known, **self.made}
        if self.naming.venue:
            symbols = {one.symbol for one in instruments.values()}
            return instruments.get(instrument_id(canonical_symbol(symbol, symbols), self.naming.venue)) or (
                instruments.get(instrument_id(self._spelt(symbol), self.naming.venue))
            )
        try:
            found = find_instrument(instruments, symbol)
        except UnknownSymbolError as error:
            if error.message.endswith("several venues."):
                step = "Say the --venue. " + error.next_step
                raise UnknownSymbolError(error.message, step) from error
            return None
        same = self.naming.asset_class in (None, found.asset_class)
        return found if same else None

    def _usual(self, symbol: str, tick: str) -> Instrument:
        said = self.naming
        return usual_instrument(
            self._spelt(symbol),
            said.venue or OWN_VENUE,
            asset_class=said.asset_class,
            quote_currency=said.currency,
            calendar=said.calendar,
            tick_size=tick,
        )

    def _spelt(self, symbol: str) -> str:
        """Our spelling: ``BTCUSDT`` is a pair, unless a share or the like is meant."""
        word = _SHARE_CLASS.sub(r"\1.\2", symbol.strip().upper())
        if self.naming.asset_class not in (None, AssetClass.FX, AssetClass.CRYPTO):
            return canonical_symbol(word, (word,))
        if len(word) == _PAIR and {word[: _PAIR // 2], word[_PAIR // 2 :]} <= FIAT:
            return f"{word[: _PAIR // 2]}/{word[_PAIR // 2 :]}"
        spelt = canonical_symbol(word)
        if "/" in spelt and spelt.rpartition("/")[2] not in _QUOTES:
            message = f"{symbol!r} is not a symbol."
            raise UnknownSymbolError(message, "Say the symbol (--symbol), or name the file after it.")
        return spelt

    def _tick(self, raw: RawBars) -> str:
        """The finest step that the prices show, for coins, which have no usual one; empty for others."""
        usual = self._usual(raw.instrument_id, _ANY_TICK)
        if usual.asset_class is not AssetClass.CRYPTO:
            return ""
        if len(raw) < _ROWS_THAT_TELL:
            message = f"{len(raw)} rows are too few to tell the smallest step of {usual.symbol}'s price."
            raise ConfigError(message, "Say it, such as --tick 0.01.")
        return finest_step(np.concatenate([getattr(raw, name) for name in PRICES]))


def finest_step(prices: Floats) -> str:
    """The power of ten, ``1`` to ``1e-10``, on whose grid all prices (R,) lie: ``0.01``."""
    for places in range(_FINEST):
        scaled = prices * 10.0**places
        if np.all(np.abs(scaled - np.rint(scaled)) <= 1e-7 * np.maximum(1.0, np.abs(scaled) * 1e-6)):
            return f"{Decimal(1).scaleb(-places):f}"
    return f"{Decimal(1).scaleb(-_FINEST):f}"
