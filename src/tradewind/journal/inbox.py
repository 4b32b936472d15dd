"""Commands of other processes for the one that owns the journal.

The command line and the API put commands in. The owner takes them, journals each one in the session's own
time, and after
the commit acknowledges it with the record's sequence. Until then a command is delivered again by every
``take``. An owner that may have died between commit and acknowledgement calls ``settle`` with the journal's
commands when it starts: those that are in the journal are acknowledged there, so each acts exactly once.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from tradewind.core.commands import as_sent
from tradewind.core.errors import JournalError
from tradewind.core.events import Command, Record, encode_event
from tradewind.journal.private_file import open_private
from tradewind.journal.sqlite_faults import plain_errors

_INBOX_ID = 0x54574931
_TABLES = (
    """CREATE TABLE commands (
        id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL UNIQUE, seq INTEGER
    ) STRICT""",
    "CREATE INDEX waiting ON commands (id) WHERE seq IS NULL",
)
_decode = msgspec.msgpack.Decoder(Command).decode


class Inbox:
    """A file beside the journal that several processes may write; the owner of the journal empties it."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._file = open_private(self.path, _INBOX_ID, _TABLES, kind="inbox", log="WAL")

    def put(self, command: Command) -> int:
        """Leave a command and return its inbox id. The very same command put again is the same entry."""
        body = encode_event(command)
        with plain_errors(self.path):
            self._file.execute("INSERT OR IGNORE INTO commands (body) VALUES (?)", (body,))
            row: tuple[int] = self._file.execute("SELECT id FROM commands WHERE body = ?", (body,)).fetchone()
        return row[0]

    def take(self) -> list[tuple[int, Command]]:
        """All that is not acknowledged as ``(inbox id, command)``, in the order in which it was put."""
        with plain_errors(self.path):
            rows = self._file.execute(
                "SELECT id, body FROM commands WHERE seq IS NULL ORDER BY id"
            ).fetchall()
        return [(entry, self._command(entry, body)) for entry, body in rows]

    def acknowledge(self, entry: int, seq: int) -> None:
        """Say that entry ``entry`` is durable as record ``seq``; it is not delivered again."""
        if seq < 1:
            message = f"A command cannot be record {seq}."
            raise JournalError(message, "Acknowledge with the sequence of the durable record.")
        with plain_errors(self.path):
            change = "UPDATE commands SET seq = ? WHERE id = ? AND (seq IS NULL OR seq = ?)"
            done = self._file.execute(change, (seq, entry, seq)).rowcount
        if not done:
            message = (
                f"Command {entry} is not in the inbox, or was acknowledged as another record than {seq}."
            )
            raise JournalError(message, "Acknowledge each command once, with the id that take() gave.")

    def settle(self, records: Iterable[Record]) -> int:
        """Acknowledge what is in ``records``, the journal's commands, already; returns how many."""
        settled = 0
        for record in records:
            if isinstance(record.event, Command):
                body = encode_event(as_sent(record.event))
                with plain_errors(self.path):
                    change = "UPDATE commands SET seq = ? WHERE body = ? AND seq IS NULL"
                    settled += self._file.execute(change, (record.seq, body)).rowcount
        return settled

    def seq_of(self, entry: int) -> int | None:
        """The record that the command became, None while it waits: for whoever put it and wants to know."""
        with plain_errors(self.path):
            row = self._file.execute("SELECT seq FROM commands WHERE id = ?", (entry,)).fetchone()
        if row is None:
            message = f"Command {entry} is not in the inbox {self.path}."
            raise JournalError(message, "Use the id that put() gave.")
        seq: int | None = row[0]
        return seq

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _command(self, entry: int, body: bytes) -> Command:
        try:
            return _decode(body)
        except msgspec.DecodeError as error:
            message = f"Command {entry} in the inbox {self.path} cannot be read: {error}."
            raise JournalError(message, "Move the inbox file aside and give the command again.") from error
