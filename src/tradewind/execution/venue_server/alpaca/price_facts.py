"""Quotes, trades and bars in Alpaca's short words; the moment stands beside them, in each way's own form."""

from typing import Any
from zoneinfo import ZoneInfo

from tradewind.core.market import Bar, Timeframe
from tradewind.core.money import cash_to_decimal
from tradewind.core.timestamps import from_ns, to_ns
from tradewind.execution.venue_server.books import Books
from tradewind.execution.venue_server.listing import Listing
from tradewind.execution.venue_server.tape import Shown

NEW_YORK = ZoneInfo("America/New_York")


def quote_facts(listing: Listing, shown: Shown, bid_lots: int, ask_lots: int) -> dict[str, Any]:
    """The best prices with what is left of them."""
    quote = {
        "bp": float(listing.price(shown.bid_ticks)),
        "bs": float(cash_to_decimal(bid_lots)),
        "ap": float(listing.price(shown.ask_ticks)),
        "as": float(cash_to_decimal(ask_lots)),
    }
    return quote if listing.is_coin else quote | {"bx": "V", "ax": "V", "c": ["R"], "z": "C"}


def trade_facts(listing: Listing, shown: Shown, number: int) -> dict[str, Any]:
    """A price of the tape as a trade."""
    price, size = listing.price(shown.last_ticks), cash_to_decimal(shown.size_lots)
    trade = {"p": float(price), "s": float(size), "i": number}
    return trade | ({"tks": "B"} if listing.is_coin else {"x": "V", "c": ["@"], "z": "C"})


def bar_facts(bar: Bar) -> dict[str, Any]:
    """A bar; how many trades it had, and their mean price, nobody recorded."""
    prices = {"o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close}
    return prices | {"v": bar.volume, "n": None, "vw": None}


def began_ns(books: Books, bar: Bar) -> int:
    """What Alpaca stamps a bar with: its beginning; a share's day by midnight in New York."""
    listing, timeframe = books.listings[bar.instrument_id], Timeframe(bar.timeframe)
    if timeframe is Timeframe.D1 and not listing.is_coin:
        day = from_ns(bar.ts_event - 1).astimezone(NEW_YORK)
        return to_ns(day.replace(hour=0, minute=0, second=0, microsecond=0))
    return bar.ts_event - timeframe.length_ns
