"""The one bounded queue between the world and the loop. Threads put in; only the driver takes out.

A full mailbox makes whoever puts in wait, so nothing is dropped and memory stays bounded; feeds conflate
quotes before they come here.
"""

import queue
from collections.abc import Sequence
from typing import NamedTuple

from tradewind.core.errors import TradewindError
from tradewind.core.events import AnyEvent
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.orders import BrokerReport


class Came(NamedTuple):
    """Something that happened outside: market data, a feed's word, an account's state."""

    event: AnyEvent


class Answered(NamedTuple):
    """What one model said of the rows of a cycle; ``model`` empty when all have said what they will."""

    cycle: int
    model: str
    events: Sequence[Forecast | ForecastFailed]


class Reported(NamedTuple):
    """What a broker said; to one effect, or by itself (no ``client_order_id``). ``error``: why it could
    not.
    """

    reports: Sequence[BrokerReport]
    client_order_id: str = ""
    error: str = ""
    to_effect: bool = False
    """Whether it answers an effect or a question of ours, and is not the broker's own word."""


class Closed(NamedTuple):
    """The feed is over: by itself, or for ``error``."""

    reason: str
    error: TradewindError | None = None


Item = Came | Answered | Reported | Closed


class Mailbox:
    """First in, first out; at most ``room`` items wait."""

    def __init__(self, room: int = 10_000) -> None:
        self._items: queue.Queue[Item] = queue.Queue(room)

    def put(self, item: Item) -> None:
        """Leave an item; waits while the mailbox is full."""
        self._items.put(item)

    def offer(self, item: Item) -> bool:
        """Leave an item where there is room; False while there is none."""
        try:
            self._items.put_nowait(item)
        except queue.Full:
            return False
        return True

    def get(self, timeout_s: float) -> Item | None:
        """The oldest item; None when none came in time."""
        try:
            return self._items.get(timeout=timeout_s) if timeout_s > 0.0 else self._items.get_nowait()
        except queue.Empty:
            return None

    def empty(self) -> bool:
        """Whether nothing waits just now."""
        return self._items.empty()
