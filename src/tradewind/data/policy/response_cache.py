"""Answers kept for a while, so that the same question is not asked twice; bodies in one SQLite file."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tradewind.core.clock import Clock
from tradewind.core.timestamps import NS_PER_S

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, provider TEXT NOT NULL, stored_ns INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_by_age ON answers (stored_ns);
"""


class ResponseCache:
    """Bodies of one provider by what was asked; the oldest go when ``limit_bytes`` is passed.

    What was asked is an address without its keys, and only its hash is stored.
    """

    def __init__(self, file: Path, provider: str, clock: Clock, limit_bytes: int = 256 << 20) -> None:
        self.file, self.provider, self.clock, self.limit_bytes = file, provider, clock, limit_bytes
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as rows:
            rows.executescript(_SCHEMA)

    def get(self, what: str, ttl_s: float) -> bytes | None:
        """The body, unless it is older than ``ttl_s`` or from a time that has not come yet."""
        if ttl_s <= 0:
            return None
        with self._open() as rows:
            query = "SELECT stored_ns, body FROM answers WHERE key = ?"
            found = rows.execute(query, (self._key(what),)).fetchone()
        age_ns = self.clock.now_ns() - found[0] if found else -1
        return bytes(found[1]) if found and 0 <= age_ns < ttl_s * NS_PER_S else None

    def put(self, what: str, body: bytes) -> None:
        """Keep a body under what was asked."""
        row = (self._key(what), self.provider, self.clock.now_ns(), body)
        with self._open() as rows:
            rows.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", row)
            self._make_room(rows)

    def drop(self, what: str) -> None:
        """Forget an answer."""
        with self._open() as rows:
            rows.execute("DELETE FROM answers WHERE key = ?", (self._key(what),))

    def clear(self, older_than_s: float = 0.0) -> None:
        """Forget the provider's answers, those of a certain age or all, and leave nothing of them in the
        file.
        """
        until_ns = self.clock.now_ns() - int(older_than_s * NS_PER_S)
        with self._open() as rows:
            rows.execute("PRAGMA secure_delete = ON")
            query = "DELETE FROM answers WHERE provider = ? AND (stored_ns <= ? OR ?)"
            gone = rows.execute(query, (self.provider, until_ns, older_than_s <= 0.0)).rowcount
            if gone:
                rows.execute("VACUUM")

    def _make_room(self, rows: sqlite3.Connection) -> None:
        held = rows.execute("SELECT coalesce(sum(length(body)), 0) FROM answers").fetchone()[0]
        while held > self.limit_bytes:
            key, size = rows.execute(
                "SELECT key, length(body) FROM answers ORDER BY stored_ns LIMIT 1"
            ).fetchone()
            rows.execute("DELETE FROM answers WHERE key = ?", (key,))
            held -= size

    def _key(self, what: str) -> str:
        return hashlib.sha256(f"{self.provider}\n{what}".encode()).hexdigest()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file, timeout=10.0, isolation_level=None)) as rows:
            yield rows
