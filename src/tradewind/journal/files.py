"""The files of one session that belong together, by name: what each is and whether it must be there."""

from dataclasses import dataclass
from pathlib import Path

from tradewind.journal.mark import mark_path


@dataclass(frozen=True)
class JournalFile:
    """One file: what it holds in words, and whether a copy of the session is worth nothing without it."""

    path: Path
    holds: str
    needed: bool

    @property
    def size_bytes(self) -> int | None:
        """Its size; None where it is not there."""
        return self.path.stat().st_size if self.path.is_file() else None


def inbox_path(journal: Path) -> Path:
    """The inbox of the session whose journal this is."""
    return journal.with_suffix(".inbox")


def keys_path(journal: Path) -> Path:
    """The key ring of the session's sealed personal fields."""
    return journal.with_suffix(".keys")


def files_of(journal: Path) -> tuple[JournalFile, ...]:
    """All files of a session, those that are not there too.

    ``-wal`` holds what was committed last while the session runs, and after it was killed: the journal file
    copied without it has lost that.
    """
    log = journal.with_name(journal.name + "-wal")
    pending = log.is_file() and log.stat().st_size > 0
    return (
        JournalFile(journal, "the records", True),
        JournalFile(log, "records committed last", pending),
        JournalFile(mark_path(journal), "how many records there are", True),
        JournalFile(inbox_path(journal), "commands for the session", False),
        JournalFile(keys_path(journal), "keys of sealed personal fields", False),
        JournalFile(journal.with_name(journal.name + "-shm"), "index of -wal, made anew", False),
        JournalFile(journal.with_name(journal.name + ".lock"), "its owner's lock", False),
        JournalFile(journal.with_name(journal.name + ".owner"), "its owner's process id", False),
    )
