"""Which venues describe their own instruments: the exchanges among the providers, by the registry's word."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import AssetClass, Instrument, canonical_symbol, symbol_of, venue_of
from tradewind.data.registry import PROVIDERS


@cache
def describing_venues() -> Mapping[str, str]:
    """Venue and provider of each source that says its ``venue`` and describes its instruments."""
    found = {}
    for entry in PROVIDERS.entries():
        venue = getattr(entry.plugin, "venue", "")
        if venue and not entry.outside and hasattr(entry.plugin, "instrument"):
            found[venue] = entry.name
    return MappingProxyType(found)


def stand_in(name: str) -> Instrument:
    """``BTC/USDT.BINANCE`` as far as its name says it, to check names by; its grids are made up.

    Raises
    ------
    UnknownSymbolError
        It is no pair of coins.
    """
    symbol = canonical_symbol(symbol_of(name))
    base, mark, quote = symbol.partition("/")
    if not (mark and base.isalnum() and quote.isalnum()):
        message = f"{name!r} is not a pair of coins."
        raise UnknownSymbolError(message, "Write BTC/USDT.")
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.CRYPTO,
        venue=venue_of(name),
        quote_currency=quote,
        tick_size="0.01",
        lot_size="0.00001",
        calendar="24/7",
        shortable=False,
    )
