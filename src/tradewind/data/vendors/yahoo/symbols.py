"""Our symbols in Yahoo's spelling.

Source: finance.yahoo.com, help page "Exchanges and data providers": ``^`` before an index, ``=X`` after a
currency pair, ``-`` between coin and currency and before a share class.
"""

import re

from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import canonical_symbol

INDICES = {
    "COMP": "^IXIC",
    "DJI": "^DJI",
    "DXY": "DX-Y.NYB",
    "NDX": "^NDX",
    "RUT": "^RUT",
    "SPX": "^GSPC",
    "TNX": "^TNX",
    "VIX": "^VIX",
}
"""Indices and gauges that we write without a caret."""

CURRENCIES = frozenset(
    {
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "CNY",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "ILS",
        "INR",
        "JPY",
        "KRW",
        "MXN",
        "NOK",
        "NZD",
        "PLN",
        "SEK",
        "SGD",
        "THB",
        "TRY",
        "USD",
        "ZAR",
    }
)
_SHARE_CLASS = re.compile(r"^([A-Z]+)\.([AB])$")
_YAHOO = re.compile(r"^[A-Z0-9^][A-Z0-9.^=-]*$")


def yahoo_symbol(symbol: str) -> str:
    """``BTC/USD`` is ``BTC-USD``, ``EUR/USD`` ``EURUSD=X``, ``SPX`` ``^GSPC``, ``BRK.B`` ``BRK-B``.

    Anything else is a listing and stays as it is (``AAPL``, ``OCDO.L``, ``^FCHI``).
    """
    word = symbol.strip().upper()
    if word in INDICES:
        return INDICES[word]
    if "/" in word:
        base, _, quote = canonical_symbol(word).partition("/")
        if base in CURRENCIES and quote in CURRENCIES:
            return f"{base}{quote}=X"
        return f"{base}-{quote}"
    if not _YAHOO.match(word):
        message = f"{symbol!r} is not a symbol that Yahoo could have."
        raise UnknownSymbolError(message, "Write AAPL, BTC/USD, EUR/USD or SPX.")
    return _SHARE_CLASS.sub(r"\1-\2", word)
