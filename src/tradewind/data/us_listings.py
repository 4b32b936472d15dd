"""Symbols of US listings, for vendors whose plain symbols mean those."""

import re

from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import symbol_of, venue_of

US_MICS = frozenset({"XASE", "XBOS", "XCHI", "XCIS", "XNAS", "XNCM", "XNGS", "XNMS", "XNYS", "XPHL"})
"""Exchanges of the USA whose codes begin with X (ISO 10383)."""

US_VENUES = US_MICS | {"ARCX", "BATS", "IEXG", "XOTC", "OTCM"}
"""All venues of US stocks, over the counter too, as vendors write them."""

_EXCHANGE = re.compile(r"^X[A-Z]{3}$")
_SYMBOL = re.compile(r"^[A-Z][A-Z0-9.-]*$")


def us_symbol(instrument_id: str, vendor: str) -> str:
    """``AAPL`` of ``AAPL`` and ``AAPL.XNAS``.

    Raises
    ------
    UnknownSymbolError
        It is listed elsewhere (``VOD.XLON``): the plain symbol would be another company's or a certificate.
    """
    symbol, venue = symbol_of(instrument_id).upper(), venue_of(instrument_id).upper()
    if (_EXCHANGE.match(venue) and venue not in US_MICS) or not _SYMBOL.fullmatch(symbol):
        message = f"{vendor} is asked for US listings alone, and {instrument_id!r} is none."
        raise UnknownSymbolError(message, "Write AAPL or AAPL.XNAS, or ask another provider.")
    return symbol
