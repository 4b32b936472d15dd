"""Who is behind a sealed field, for faces: read from the key ring each time, so an erasure shows at once."""

import sqlite3
from pathlib import Path
from typing import Any

from tradewind.core.errors import JournalError
from tradewind.core.events import Sealed
from tradewind.journal.sealed import opened
from tradewind.journal.sqlite_faults import plain_errors

ERASED = "(erased)"
NO_KEY = "(its key is not here)"
UNREADABLE = "(cannot be read)"


class RingNames:
    """Reads a key ring that others write; one that is not there yet is looked for again. Never fails.

    A name is nothing without which a session could not be shown: what cannot be read says so in its place.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._file: sqlite3.Connection | None = None

    def name(self, sealed: Sealed) -> str:
        """The name; :data:`ERASED`, :data:`NO_KEY` or :data:`UNREADABLE` where there is none to show."""
        query = "SELECT key FROM keys WHERE key_id = ?"
        try:
            row = self._row(query, (sealed.key_id,))
            if row is None:
                return NO_KEY
            return ERASED if row[0] is None else opened(sealed, row[0])
        except JournalError:
            return UNREADABLE

    def version(self) -> str:
        """Another text after each person who came in or was erased, also across restarts; empty for none."""
        try:
            row = self._row("SELECT count(*), count(key) FROM keys", ())
        except JournalError:
            return UNREADABLE
        return f"{row[0]}.{row[1]}" if row is not None and row[0] else ""

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _row(self, query: str, values: tuple[str, ...]) -> tuple[Any, ...] | None:
        with plain_errors(self.path):
            if self._file is None:
                if not self.path.is_file():
                    return None
                address = f"{self.path.absolute().as_uri()}?mode=ro"
                self._file = sqlite3.connect(
                    address, uri=True, isolation_level=None, check_same_thread=False, timeout=0.5
                )
            row: tuple[Any, ...] | None = self._file.execute(query, values).fetchone()
        return row
