"""Why a venue refused an order, in one set of words for all brokers.

The reason of an ``OrderRejected`` begins with one of them, then come the venue's own words.
"""

from enum import StrEnum


class Refusal(StrEnum):
    """What a venue's refusal means."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    WRONG_TICK = "wrong_tick"
    WRONG_LOT = "wrong_lot"
    MINIMUM_NOTIONAL = "minimum_notional"
    PRICE_BAND = "price_band"
    """The price is too far from the market's, or the order would fill where it must not."""
    MARKET_CLOSED = "market_closed"
    UNKNOWN_SYMBOL = "unknown_symbol"
    NOT_SHORTABLE = "not_shortable"
    NOT_OFFERED = "not_offered"
    """The venue has no such order type, time in force or group."""
    DUPLICATE = "duplicate"
    RATE_LIMITED = "rate_limited"
    OTHER = "other"


def reason(kind: Refusal, words: str) -> str:
    """``insufficient_funds: insufficient buying power``."""
    return f"{kind.value}: {words.strip() or 'the venue gives no words'}"
