"""Market data as events: bars, quotes and gauges, and the timeframes that bars come in.

A bar is stamped by its *close*: ``ts_event`` is the moment at which the bar is complete and may first be
known. ``ts_recv`` is when we could first know it (for recorded data equal to ``ts_event`` unless the
provider says otherwise); feeds are merged by it. Prices are float64 in the units of the quote currency;
they become ticks at one rounding step when they enter the money path.
"""

from enum import StrEnum
from typing import Self

import msgspec

from tradewind.core.errors import ConfigError
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from tradewind.core.vocabulary import PriceBasis


class Timeframe(StrEnum):
    """Length of a bar."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"
    W1 = "1w"

    @classmethod
    def _missing_(cls, value: object) -> Self:
        """ConfigError that names them all, wherever a length is looked up that is none."""
        message = f"There are no bars of {value!r}."
        raise ConfigError(message, f"Use one of {', '.join(cls)}.")

    @property
    def length_ns(self) -> int:
        """Nominal length in nanoseconds; a daily bar of an exchange covers its session, not 24 hours."""
        return _LENGTHS_NS[self]


_LENGTHS_NS = {
    Timeframe.M1: NS_PER_MINUTE,
    Timeframe.M5: 5 * NS_PER_MINUTE,
    Timeframe.M15: 15 * NS_PER_MINUTE,
    Timeframe.M30: 30 * NS_PER_MINUTE,
    Timeframe.H1: NS_PER_HOUR,
    Timeframe.H4: 4 * NS_PER_HOUR,
    Timeframe.D1: NS_PER_DAY,
    Timeframe.W1: 7 * NS_PER_DAY,
}


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    """Root of everything that enters the journal. ``ts_event`` is UTC nanoseconds: when it happened."""

    ts_event: int


class Bar(Event, frozen=True, kw_only=True, gc=False, tag="bar"):
    """One closed bar. ``volume`` is in whole units; tick volume or 0.0 where a market has none."""

    instrument_id: str
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0
    timeframe: str = "1d"
    ts_recv: int = 0
    ts_open: int = 0
    """When the bar's trading began; 0 stands for ``ts_event`` less the timeframe's nominal length."""
    basis: PriceBasis = PriceBasis.TRADED
    warmup: bool = False
    """History handed over before the session opens: it warms factors and is never traded on."""


class Quote(Event, frozen=True, kw_only=True, gc=False, tag="quote"):
    """Best bid and ask; 0 stands for a side that is not there. Sizes are in whole units.

    One whose bid is above its ask (:func:`is_crossed`) is a fault of the feed: it is recorded, and nothing is
    marked at it, filled by it or held against it.
    """

    instrument_id: str
    bid: float
    ask: float
    bid_size: float = 0.0
    ask_size: float = 0.0
    ts_recv: int = 0


def is_crossed(quote: Quote) -> bool:
    """Whether both sides are there and the bid is above the ask."""
    return quote.bid != 0.0 and quote.ask != 0.0 and quote.bid > quote.ask


def middle_of(quote: Quote) -> float | None:
    """The middle of a quote; None where it has one side (the other is 0), or the sides cross."""
    two_sided = quote.bid != 0.0 and quote.ask != 0.0 and quote.bid <= quote.ask
    return (quote.bid + quote.ask) / 2.0 if two_sided else None


class GaugeRead(Event, frozen=True, kw_only=True, gc=False, tag="gauge"):
    """A market-wide reading that breakers and regimes watch, such as ``VIX``."""

    gauge: str
    value: float
    ts_recv: int = 0
