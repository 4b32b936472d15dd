"""The one bounded queue between the world and the loop. Threads put in; only the driver takes out.

A full mailbox makes whoever puts in wait, so nothing is dropped and memory stays bounded; feeds conflate
quotes before they come here.
"""

import queue
from collections.abc import Sequence
from typing import NamedTuple

from tradewind.core.accounts import AccountSnapshot, CashMoved
from tradewind.core.decisions import CancelRequested, OrderRequested
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


class Question(NamedTuple):
    """What a broker outside is asked: everything since, and by name about some orders."""

    since_ns: int
    asked_ns: int
    orders: tuple[str, ...] = ()
    """Client order ids of which nobody knows whether the broker has them."""


class Told(NamedTuple):
    """The rest of an answer to a question, besides the reports."""

    question: Question
    cash: Sequence[CashMoved] = ()
    account: AccountSnapshot | None = None
    """As it stood when everything had been told; None where it never stood still."""
    never_had: tuple[str, ...] = ()
    """Of the orders asked by name, those that the broker does not know."""


class Reported(NamedTuple):
    """What a broker said: to an effect, to a question (``told``), or by itself; or why it could not."""

    reports: Sequence[BrokerReport]
    error: str = ""
    effect: OrderRequested | CancelRequested | None = None
    told: Told | None = None


class LineBack(NamedTuple):
    """The broker's own stream was lost and stands again: what it said meanwhile has to be asked for."""

    reason: str


class Closed(NamedTuple):
    """The feed is over: by itself, or for ``error``."""

    reason: str
    error: TradewindError | None = None


Item = Came | Answered | Reported | LineBack | Closed


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
