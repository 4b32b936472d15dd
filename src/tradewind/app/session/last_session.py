"""Where a journal's last session begins, and its records with the book after each."""

from collections.abc import Iterator

import msgspec

from tradewind.core.book import Book
from tradewind.core.errors import JournalError
from tradewind.core.events import Record, SessionStarted
from tradewind.core.journal_ports import KindReader
from tradewind.engine.rebuilt_book import rebuild


def last_start(reader: KindReader) -> tuple[SessionStarted, int]:
    """What a journal's last session began with, and that record's sequence; JournalError without one."""
    found = next(reader.read_kind(SessionStarted, newest_first=True), None)
    if found is None or not isinstance(found.event, SessionStarted):
        message = "The journal holds no session."
        raise JournalError(message, "Name another with --journal.")
    return found.event, found.seq


def with_books(reader: KindReader, kinds: tuple[type[msgspec.Struct], ...]) -> Iterator[tuple[Record, Book]]:
    """The last session's records of ``kinds`` with the book after each; it is one, and changes in place.

    Raises
    ------
    JournalError
        The journal holds no session.
    """
    _, start = last_start(reader)
    return rebuild(reader.read_kind(*kinds, start=start))
