"""Our symbols in Binance's spelling."""

from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import canonical_symbol, symbol_of


def binance_symbol(symbol: str) -> str:
    """``BTC/USDT`` and ``BTC/USDT.BINANCE`` are ``BTCUSDT``; UnknownSymbolError for what is no pair."""
    base, mark, quote = canonical_symbol(symbol_of(symbol)).partition("/")
    if not (mark and base.isalnum() and quote.isalnum()):
        message = f"{symbol!r} is not a pair of coins."
        raise UnknownSymbolError(message, "Write BTC/USDT.")
    return f"{base}{quote}"
