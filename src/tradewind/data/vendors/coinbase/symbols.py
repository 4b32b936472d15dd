"""Our symbols in Coinbase's spelling."""

from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import canonical_symbol, symbol_of


def product_id(symbol: str) -> str:
    """``BTC/USD`` and ``BTC/USD.COINBASE`` are ``BTC-USD``; UnknownSymbolError for what is no pair."""
    base, mark, quote = canonical_symbol(symbol_of(symbol)).partition("/")
    if not (mark and base.isalnum() and quote.isalnum()):
        message = f"{symbol!r} is not a pair of coins."
        raise UnknownSymbolError(message, "Write BTC/USD.")
    return f"{base}-{quote}"
