"""The journal as the rooms see it: writer, readers by range, kind and key, inbox, keys of personal fields,
and the store of them all.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from tradewind.core.events import Command, Record, Sealed
from tradewind.core.market import Event


class JournalWriter(Protocol):
    """The append-only log, owned by one process."""

    @property
    def next_seq(self) -> int:
        """Sequence that the next record will have; the first is 1."""
        ...

    def append(self, event: Event, cause: int = 0) -> int:
        """Add a record (not yet durable) and return its sequence. ``cause`` 0 marks an input."""
        ...

    def commit(self) -> None:
        """Make all that was appended durable, whole or not at all."""
        ...

    def save_snapshot(self, ts_event: int, state: bytes) -> int:
        """Keep the whole state as it is after the last record, with the chained record that vouches for it.

        Returns that record's sequence: a recovery reads on from the one after it.
        """
        ...

    def close(self) -> None:
        """Commit and give up ownership."""
        ...


class KindReader(Protocol):
    """Finds records by the kind of their event, at a cost that depends on how many there are."""

    def read_kind(
        self,
        *kinds: type[msgspec.Struct],
        start: int = 1,
        stop: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Record]:
        """Records with ``start <= seq < stop`` whose event is one of ``kinds``, by sequence."""
        ...


class KeyReader(Protocol):
    """Finds records by the order or decision that they speak of."""

    def read_key(
        self,
        key: str,
        *kinds: type[msgspec.Struct],
        start: int = 1,
        stop: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Record]:
        """Records whose event, or the order in it, has ``key`` as client order id or decision id.

        Of ``kinds`` alone where some are named; a key that nothing carries gives none.
        """
        ...


class JournalReader(KindReader, KeyReader, Protocol):
    """The log as anyone may read it, while another process writes.

    A record that does not follow from the one before it, and a log that ends before the mark that was set
    when it was written, are a JournalBrokenError, never a shorter or another log.
    """

    def read(
        self, start: int = 1, stop: int | None = None, *, newest_first: bool = False
    ) -> Iterator[Record]:
        """Records with ``start <= seq < stop``, oldest first unless asked otherwise."""
        ...

    def last_seq(self) -> int:
        """Sequence of the newest durable record, 0 when empty."""
        ...

    def latest_snapshot(self) -> tuple[int, bytes] | None:
        """Newest ``(seq, state)`` that is kept: the state after record ``seq``, which vouches for it.

        Raises
        ------
        JournalBrokenError
            The state is not the one that the chain names.
        """
        ...

    def close(self) -> None:
        """Let go of the log."""
        ...


class OwnedJournal(JournalWriter, Protocol):
    """A journal on disk as its owner has it; leaving the block closes it, a failed one drops a half step."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    def reader(self) -> "OpenReader":
        """A reader of the same log; it sees what is committed."""
        ...

    def abandon(self) -> None:
        """Give up ownership and drop what was not committed."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class OpenReader(JournalReader, Protocol):
    """A reader of a journal on disk; leaving its block closes it."""

    @property
    def path(self) -> Path:
        """Where the journal lies."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class CommandInbox(Protocol):
    """Commands of other processes for the one that owns the journal; each acts exactly once."""

    def put(self, command: Command) -> int:
        """Leave a command and return its inbox id. The very same command put again is the same entry."""
        ...

    def take(self) -> list[tuple[int, Command]]:
        """All that is not acknowledged as ``(inbox id, command)``, in the order in which it was put."""
        ...

    def acknowledge(self, entry: int, seq: int) -> None:
        """Say that entry ``entry`` is durable as record ``seq``; it is not delivered again."""
        ...

    def settle(self, records: Iterable[Record]) -> int:
        """Acknowledge what is in ``records``, the journal's commands, already; returns how many."""
        ...

    def seq_of(self, entry: int) -> int | None:
        """The record that the command became, None while it waits."""
        ...

    def close(self) -> None:
        """Let go of the inbox."""
        ...


class PersonalKeys(Protocol):
    """Keys of the personal fields of a journal; destroying one makes that person's fields unreadable."""

    def seal(self, text: str, subject: str) -> Sealed:
        """The text under the subject's key; a subject's first text makes the key."""
        ...

    def subjects(self) -> list[str]:
        """Everybody of whom something can be read."""
        ...

    def erase(self, subject: str) -> bool:
        """Destroy the subject's key and forget the subject; False when there was none."""
        ...

    def close(self) -> None:
        """Let go of the keys."""
        ...


class SealedNames(Protocol):
    """Who is behind sealed fields, for faces; what cannot be read says so in its place."""

    def name(self, sealed: Sealed) -> str:
        """The name while its key exists."""
        ...

    def version(self) -> str:
        """Another text after each person who came in or was erased."""
        ...

    def close(self) -> None:
        """Let go of the keys."""
        ...


class JournalStore(Protocol):
    """Where journals are kept. ``path`` names a session's journal; what else belongs to it lies beside it."""

    def open_writer(self, path: Path) -> OwnedJournal:
        """The journal as its one owner, made where there is none; a typed JournalError otherwise."""
        ...

    def open_reader(self, path: Path) -> OpenReader:
        """The journal for reading alone; a typed JournalError where there is none or it has lost records."""
        ...

    def open_inbox(self, path: Path) -> CommandInbox:
        """The session's inbox, made where there is none."""
        ...

    def open_keys(self, path: Path) -> PersonalKeys:
        """The keys of the session's personal fields, made where there are none."""
        ...

    def open_names(self, path: Path) -> SealedNames:
        """Who is behind the session's sealed fields; there may be no keys."""
        ...
