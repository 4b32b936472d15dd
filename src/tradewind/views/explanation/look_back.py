"""Reading a journal from its end, by index: what explains an order lies shortly before it."""

from collections.abc import Callable, Iterator

import msgspec

from tradewind.core.events import Record
from tradewind.core.journal_ports import JournalReader

KindReader = JournalReader
"""A reader that finds records by kind and key; every journal's reader does."""


def backwards_kind(reader: JournalReader, before: int, *kinds: type[msgspec.Struct]) -> Iterator[Record]:
    """Records of some kinds with ``seq < before``, newest first."""
    return reader.read_kind(*kinds, stop=before, newest_first=True)


def last_of_kind(
    reader: JournalReader, before: int, wanted: Callable[[Record], bool], *kinds: type[msgspec.Struct]
) -> Record | None:
    """Newest record of some kinds before record ``before`` that is wanted; None when there is none."""
    return next(filter(wanted, backwards_kind(reader, before, *kinds)), None)
