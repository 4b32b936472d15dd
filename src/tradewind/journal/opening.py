"""How everybody above opens a journal: writer, reader and inbox, whatever the journal is kept in.

This module *is* a :class:`~tradewind.core.journal_ports.JournalStore`; another store has the same three
functions.
"""

from pathlib import Path

from tradewind.core.journal_ports import CommandInbox, OpenReader, OwnedJournal
from tradewind.journal.files import inbox_path
from tradewind.journal.inbox import Inbox
from tradewind.journal.sqlite import SqliteJournal
from tradewind.journal.sqlite_reader import SqliteJournalReader


def open_writer(path: Path) -> OwnedJournal:
    """The journal as its one owner, made where there is none.

    Raises
    ------
    JournalLockedError
        Another process owns it.
    JournalBrokenError
        It ends before its mark, or its last records do not hold.
    JournalFullError
        There is no room to open it.
    JournalError
        The file is something else.
    """
    return SqliteJournal(path)


def open_reader(path: Path) -> OpenReader:
    """The journal for reading alone, while its owner may be writing.

    Raises
    ------
    JournalBrokenError
        It ends before its mark, or the mark is missing.
    JournalError
        There is none, or the file is something else.
    """
    return SqliteJournalReader(path)


def open_inbox(path: Path) -> CommandInbox:
    """The inbox of the session whose journal is ``path``, made where there is none, or a JournalError."""
    return Inbox(inbox_path(path))
