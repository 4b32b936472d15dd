"""Words that many files share, each one value of an enum, so that none is spelt in two ways.

They are text in records and on pages, so a record reads ``"outcome": "trade"``.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """What a decision came to."""

    TRADE = "trade"
    HOLD = "hold"
    CLOSE = "close"
    BLOCKED = "blocked"


class BreakerAction(StrEnum):
    """What a tripped breaker does; a note says something and stops nothing."""

    HALT = "halt"
    CLOSE = "close"
    LIQUIDATE = "liquidate"
    NOTE = "note"


class BreakerScope(StrEnum):
    """What a tripped breaker covers."""

    ACCOUNT = "account"
    CLASS = "class"
    STRATEGY = "strategy"
    INSTRUMENT = "instrument"


class Rearm(StrEnum):
    """Who arms a breaker again; ``when_clear`` ends with its cause."""

    PERSON = "person"
    NEXT_DAY = "next_day"
    WHEN_CLEAR = "when_clear"


class PromotionOutcome(StrEnum):
    """The promotion gate's word on a model."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class TimerName(StrEnum):
    """Timers of the driver; strategies and algorithms name their own."""

    CYCLE = "cycle"
    """All market data of this moment is in: factor rows are computed and the account is marked."""
    DECIDE = "decide"
    """The moment's forecasts are in, or their deadline has passed: it is decided with what is there."""


class Verb(StrEnum):
    """What a person may ask of a running session."""

    KILL = "kill"
    REARM = "rearm"
    SET = "set"
    STOP = "stop"


class KillMode(StrEnum):
    """What the kill switch does: no entries any more, or everything closed as well."""

    FREEZE = "freeze"
    LIQUIDATE = "liquidate"


class SessionMode(StrEnum):
    """What people call a session; what it *is* stands in its recorded wiring."""

    BACKTEST = "backtest"
    PAPER = "paper"
    SHADOW = "shadow"
    LIVE = "live"


class ClockKind(StrEnum):
    """Where the driver's time comes from."""

    RECORDED = "recorded"
    WALL = "wall"


class FeedKind(StrEnum):
    """Where market data comes from."""

    RECORDED = "recorded"
    LIVE = "live"


class VenueKind(StrEnum):
    """Where orders go: a venue simulated in the process, a broker outside of it, or nowhere."""

    SIMULATED = "simulated"
    EXTERNAL = "external"
    NONE = "none"


class StageKind(StrEnum):
    """Whether factor rows (or forecasts) are made beside the loop as it runs, or come along in the feed."""

    IN_LOOP = "in_loop"
    IN_FEED = "in_feed"


class PositionMode(StrEnum):
    """Whether longs and shorts of one holder in one instrument are one position or two."""

    NETTING = "netting"
    HEDGING = "hedging"


class Liquidity(StrEnum):
    """Which side of the book a fill was on."""

    MAKER = "maker"
    TAKER = "taker"
    UNKNOWN = "unknown"


class Contingency(StrEnum):
    """How orders of one group hang together."""

    NONE = "none"
    OCO = "oco"
    """One cancels the other."""
    OTO = "oto"
    """It waits until its parent has filled."""


class CashReason(StrEnum):
    """Why cash came or went besides fills and their fees."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    INTEREST = "interest"
    FUNDING = "funding"
    BORROW = "borrow"
    DIVIDEND = "dividend"
    CASH_IN_LIEU = "cash_in_lieu"
    REORGANISATION = "reorganisation"
    """The cash part of a merger, and fractions of the shares that came by a merger or a spin-off."""
    FEE = "fee"
    ADJUSTMENT = "adjustment"
    COINS = "coins"
    """Whole lots of a position became coins, to pay for a fee that was taken in them."""


CAPITAL = frozenset({CashReason.DEPOSIT, CashReason.WITHDRAWAL})
"""Reasons by which an owner's capital changes: no profit and no loss."""


class ActionKind(StrEnum):
    """Corporate actions that the loop carries out."""

    SPLIT = "split"
    DIVIDEND = "dividend"
    DELISTING = "delisting"
    MERGER = "merger"
    SPIN_OFF = "spin_off"


class PriceBasis(StrEnum):
    """On which prices a series of bars stands; only what was paid can be traded on."""

    TRADED = "traded"
    ADJUSTED = "adjusted"
