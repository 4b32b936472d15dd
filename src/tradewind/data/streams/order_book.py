"""One order book kept from a snapshot and changes; it is either right or says that it is not in step.

Source: Binance Spot and USD-M Futures API, "How to manage a local order book correctly":

* Changes that come before the snapshot are held back. Those that the snapshot contains are dropped.
* Spot: a change follows when its first id is at most one above the book's. Futures: when it names the book's
  id as the one before it; the first after a snapshot must contain the snapshot's id.
* A change that does not follow is a gap: the book is emptied and wants another snapshot.
"""

import heapq
from collections import deque
from enum import StrEnum

from tradewind.data.streams.depth import DepthSnapshot, DepthUpdate, Level


class BookChange(StrEnum):
    """What became of an update."""

    APPLIED = "applied"
    OLD = "old"
    HELD = "held"
    GAP = "gap"
    CROSSED = "crossed"


class _Side:
    """Sizes by price, and a heap that finds the best; what left the book leaves the heap when it comes up."""

    def __init__(self, sign: float, most_levels: int) -> None:
        self.sign, self.most_levels = sign, most_levels
        self.sizes: dict[float, float] = {}
        self._heap: list[float] = []

    def clear(self) -> None:
        self.sizes.clear()
        self._heap.clear()

    def change(self, levels: list[Level]) -> None:
        sizes, heap, sign = self.sizes, self._heap, self.sign
        for price, size in levels:
            if size == 0.0:
                sizes.pop(price, None)
            else:
                if price not in sizes:
                    heapq.heappush(heap, sign * price)
                sizes[price] = size
        if len(sizes) > self.most_levels + self.most_levels // 4:
            for key in heapq.nsmallest(len(sizes), (sign * price for price in sizes))[self.most_levels :]:
                del sizes[sign * key]
        if len(heap) > 2 * len(sizes) + 64:
            self._heap = [sign * price for price in sizes]
            heapq.heapify(self._heap)

    def best(self) -> tuple[float, float] | None:
        heap, sizes = self._heap, self.sizes
        while heap:
            price = self.sign * heap[0]
            if price in sizes:
                return price, sizes[price]
            heapq.heappop(heap)
        return None


class OrderBook:
    """A book of one instrument. ``most_levels`` a side are kept; the farthest go first.

    At most ``most_held`` changes are held back while a snapshot is on its way.
    """

    def __init__(self, most_levels: int = 5_000, most_held: int = 2_000) -> None:
        self._bids, self._asks = _Side(-1.0, most_levels), _Side(1.0, most_levels)
        self._held: deque[DepthUpdate] = deque(maxlen=most_held)
        self._fresh = False
        self.last_id: int | None = None
        """Id of the last change applied; None while the book is not in step."""
        self.gaps = 0
        self.crossings = 0

    @property
    def in_step(self) -> bool:
        """Whether the book may be used."""
        return self.last_id is not None

    def best_bid(self) -> tuple[float, float] | None:
        """``(price, size)``; None where there is none or the book is not in step."""
        return self._bids.best()

    def best_ask(self) -> tuple[float, float] | None:
        """``(price, size)``; None where there is none or the book is not in step."""
        return self._asks.best()

    def bids(self, levels: int) -> list[tuple[float, float]]:
        """The best ``levels`` bids, best first."""
        return [
            (-key, self._bids.sizes[-key]) for key in heapq.nsmallest(levels, map(_minus, self._bids.sizes))
        ]

    def asks(self, levels: int) -> list[tuple[float, float]]:
        """The best ``levels`` asks, best first."""
        return [(price, self._asks.sizes[price]) for price in heapq.nsmallest(levels, self._asks.sizes)]

    def accept(self, update: DepthUpdate) -> BookChange:
        """Take one change; GAP and CROSSED leave an empty book that waits for a snapshot."""
        if self.last_id is None:
            self._held.append(update)
            return BookChange.HELD
        if update.last_id <= self.last_id and not (self._fresh and update.last_id == self.last_id):
            return BookChange.OLD
        if not self._follows(update, self.last_id):
            self.gaps += 1
            self._lose(update)
            return BookChange.GAP
        self._bids.change(update.bids)
        self._asks.change(update.asks)
        self.last_id, self._fresh = update.last_id, False
        return self._refuse_crossed()

    def start(self, snapshot: DepthSnapshot) -> bool:
        """Begin from a snapshot and go through what was held back.

        False when it is older than the first change held, is crossed, or a gap lies between: take another.
        """
        if self._held and snapshot.last_update_id + 1 < self._held[0].first_id:
            return False
        held, self._held = list(self._held), deque(maxlen=self._held.maxlen)
        self._bids.clear()
        self._asks.clear()
        self._bids.change(snapshot.bids)
        self._asks.change(snapshot.asks)
        self.last_id, self._fresh = snapshot.last_update_id, True
        if self._refuse_crossed() is BookChange.CROSSED:
            return False
        for update in held:
            self.accept(update)
        return self.in_step

    def lose(self) -> None:
        """The stream broke off: what comes next cannot follow."""
        self._lose(None)
        self._held.clear()

    def _follows(self, update: DepthUpdate, last_id: int) -> bool:
        if update.previous_id is None:
            return update.first_id <= last_id + 1
        if self._fresh:
            return update.first_id <= last_id <= update.last_id
        return update.previous_id == last_id

    def _refuse_crossed(self) -> BookChange:
        bid, ask = self._bids.best(), self._asks.best()
        if bid is not None and ask is not None and bid[0] >= ask[0]:
            self.crossings += 1
            self._lose(None)
            return BookChange.CROSSED
        return BookChange.APPLIED

    def _lose(self, first_held: DepthUpdate | None) -> None:
        self.last_id = None
        self._bids.clear()
        self._asks.clear()
        if first_held is not None:
            self._held.append(first_held)


def _minus(price: float) -> float:
    return -price
