"""Reading a journal from its end: what explains an order lies shortly before it."""

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from tradewind.core.events import Record
from tradewind.core.ports import JournalReader

_FIRST_CHUNK = 512
_LARGEST_CHUNK = 16_384


class KindReader(JournalReader, Protocol):
    """A reader that finds records of some kinds without decoding the others, as all of ours do."""

    def read_kind(
        self, *kinds: type[msgspec.Struct], start: int = 1, stop: int | None = None
    ) -> Iterator[Record]:
        """Records whose event is one of ``kinds``, in order."""
        ...


def backwards(reader: JournalReader, before: int) -> Iterator[Record]:
    """Records with ``seq < before``, newest first, read in growing chunks."""
    for start, stop in _spans(before):
        yield from reversed(list(reader.read(start, stop)))


def backwards_kind(reader: KindReader, before: int, *kinds: type[msgspec.Struct]) -> Iterator[Record]:
    """Records of some kinds with ``seq < before``, newest first."""
    for start, stop in _spans(before):
        yield from reversed(list(reader.read_kind(*kinds, start=start, stop=stop)))


def last_of_kind(
    reader: KindReader, before: int, wanted: Callable[[Record], bool], *kinds: type[msgspec.Struct]
) -> Record | None:
    """Newest record of some kinds before record ``before`` that is wanted; None when there is none."""
    return next(filter(wanted, backwards_kind(reader, before, *kinds)), None)


def _spans(before: int) -> Iterator[tuple[int, int]]:
    size, stop = _FIRST_CHUNK, before
    while stop > 1:
        start = max(stop - size, 1)
        yield start, stop
        stop, size = start, min(size * 4, _LARGEST_CHUNK)
