"""Orders that an algorithm works: the parent, which is never sent, and what has become of it."""

import msgspec

from tradewind.core.market import Event
from tradewind.core.orders import Order


class AlgorithmStarted(Event, frozen=True, kw_only=True, gc=False, tag="algorithm_started"):
    """An algorithm works this order from here on; what it sends names ``order.client_order_id`` as parent."""

    order: Order
    algorithm: str


class AlgorithmEnded(Event, frozen=True, kw_only=True, gc=False, tag="algorithm_ended"):
    """The order is filled, or is not worked any longer, and why. Its slices on the book are not touched."""

    client_order_id: str
    instrument_id: str
    filled_lots: int
    reason: str


class ParentState(msgspec.Struct, kw_only=True):
    """An order at work."""

    order: Order
    algorithm: str
    started_ns: int
    arrival_ticks: int
    """Mark when it was started."""
    filled_lots: int = 0
    """Of all its slices."""
    slices: int = 0
    """How many were made; numbers their ids."""
    volume: float = 0.0
    """Units that the market has traded since the start, by the finest bars."""
    bar_ns: int = 0
    """Length of those bars."""
    curve: tuple[float, ...] = ()
    """Usual volume by quarter of the UTC day, as it was known at the start."""


VOLUME_BINS = 96
"""Parts of the UTC day in which a volume curve counts: quarters of an hour."""


class VolumeCurve(msgspec.Struct, kw_only=True):
    """Units traded by part of the UTC day, of all bars of the finest intraday timeframe so far."""

    bar_ns: int
    bins: list[float]
