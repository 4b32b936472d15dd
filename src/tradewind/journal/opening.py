"""How everybody above opens a journal: writer, reader, inbox and keys, whatever the journal is kept in.

This module *is* a :class:`~tradewind.core.journal_ports.JournalStore`; another store has the same functions.
"""

from pathlib import Path

from tradewind.core.journal_ports import CommandInbox, OpenReader, OwnedJournal, PersonalKeys, SealedNames
from tradewind.journal.files import inbox_path, keys_path
from tradewind.journal.inbox import Inbox
from tradewind.journal.names import RingNames
from tradewind.journal.sealed import KeyRing
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


def open_keys(path: Path) -> PersonalKeys:
    """The keys of personal fields in the journal ``path``, made where there are none, or a JournalError."""
    return KeyRing(keys_path(path))


def open_names(path: Path) -> SealedNames:
    """Who is behind the sealed fields of the journal ``path``, for faces; makes no file."""
    return RingNames(keys_path(path))
