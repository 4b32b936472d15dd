"""The last few of something that would otherwise grow for ever, each with its record's sequence."""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Ring(Generic[T]):
    """Keeps the newest ``size`` items; sequences must rise."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._items: deque[tuple[int, T]] = deque(maxlen=size)

    def __len__(self) -> int:
        return len(self._items)

    def add(self, seq: int, item: T) -> None:
        """Enter an item; the oldest leaves when the ring is full."""
        self._items.append((seq, item))

    def after(self, since: int) -> Iterator[tuple[int, T]]:
        """``(seq, item)`` of those after record ``since``, newest first."""
        for seq, item in reversed(self._items):
            if seq <= since:
                return
            yield seq, item
