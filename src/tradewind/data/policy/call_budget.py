"""Token buckets that survive a restart: how many calls a provider has left in each window.

A bucket of ``calls`` tokens gives each token back exactly ``per_s`` seconds after it was taken. So no window
of that length ever sees more than ``calls``, wherever it begins: a bucket that refills evenly would allow
nearly twice as many (a full bucket, and its refill), which a provider that counts strictly refuses.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S

_SCHEMA = """
CREATE TABLE IF NOT EXISTS taken (provider TEXT NOT NULL, ts_ns INTEGER NOT NULL, cost INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS taken_by_time ON taken (provider, ts_ns);
CREATE TABLE IF NOT EXISTS shut (provider TEXT PRIMARY KEY, until_ns INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class CallLimit:
    """At most ``calls`` (or units of weight) in any span of ``per_s`` seconds."""

    calls: int
    per_s: float

    def __post_init__(self) -> None:
        if self.calls < 1 or self.per_s <= 0:
            message = f"A limit of {self.calls} calls in {self.per_s} s lets nothing through."
            raise ConfigError(message, "Give at least one call and a positive span.")


PER_MINUTE, PER_DAY = 60.0, 86_400.0


class Budget(Protocol):
    """What counts the calls of one provider, here or for several machines."""

    def take(self, cost: int = 1) -> float:
        """0.0 when the tokens were taken; else the seconds to wait before asking again, and none is taken."""
        ...

    def shut(self, seconds: float) -> None:
        """The provider said wait: nothing is let through for so long."""
        ...


class CallBudget:
    """Calls of one provider, counted in a SQLite file that all processes of a machine share."""

    def __init__(self, file: Path, provider: str, limits: tuple[CallLimit, ...], clock: Clock) -> None:
        self.file, self.provider, self.limits, self.clock = file, provider, limits, clock
        self._longest_ns = max((int(limit.per_s * NS_PER_S) for limit in limits), default=0)
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as rows:
            rows.executescript(_SCHEMA)

    def take(self, cost: int = 1) -> float:
        """0.0 when the tokens were taken; else the seconds to wait before asking again, and none is taken.

        Raises
        ------
        ConfigError
            One call costs more than a whole bucket.
        """
        for limit in self.limits:
            if cost > limit.calls:
                message = f"One call to {self.provider!r} costs {cost}, more than the limit of {limit.calls}."
                raise ConfigError(message, "Raise the provider's limit or ask for less at once.")
        now = self.clock.now_ns()
        with self._open() as rows:
            rows.execute("BEGIN IMMEDIATE")
            wait_ns = max(self._shut_for(rows, now), self._wait_ns(rows, now, cost))
            if wait_ns <= 0:
                rows.execute("INSERT INTO taken VALUES (?, ?, ?)", (self.provider, now, cost))
            rows.execute("COMMIT")
        return max(wait_ns, 0) / NS_PER_S

    def shut(self, seconds: float) -> None:
        """The provider said wait: nothing is let through for so long, in this process or any other."""
        until = self.clock.now_ns() + int(seconds * NS_PER_S)
        with self._open() as rows:
            rows.execute(
                "INSERT INTO shut VALUES (?, ?) ON CONFLICT (provider)"
                " DO UPDATE SET until_ns = max(until_ns, excluded.until_ns)",
                (self.provider, until),
            )

    def give_back(self, cost: int) -> None:
        """The tokens taken last at this cost were not used after all."""
        with self._open() as rows:
            rows.execute(
                "DELETE FROM taken WHERE rowid = (SELECT rowid FROM taken WHERE provider = ? AND cost = ?"
                " ORDER BY ts_ns DESC LIMIT 1)",
                (self.provider, cost),
            )

    def left(self) -> tuple[int, ...]:
        """Tokens left in each bucket, in the order of the limits."""
        now = self.clock.now_ns()
        with self._open() as rows:
            return tuple(limit.calls - self._used(rows, now, limit) for limit in self.limits)

    def _wait_ns(self, rows: sqlite3.Connection, now: int, cost: int) -> int:
        # A clock that was set back must not lock tokens up until it catches up again.
        rows.execute("UPDATE taken SET ts_ns = ? WHERE provider = ? AND ts_ns > ?", (now, self.provider, now))
        oldest = now - self._longest_ns
        rows.execute("DELETE FROM taken WHERE provider = ? AND ts_ns <= ?", (self.provider, oldest))
        return max((self._wait_for(rows, now, limit, cost) for limit in self.limits), default=0)

    def _wait_for(self, rows: sqlite3.Connection, now: int, limit: CallLimit, cost: int) -> int:
        missing = self._used(rows, now, limit) + cost - limit.calls
        if missing <= 0:
            return 0
        span = int(limit.per_s * NS_PER_S)
        known = rows.execute(
            "SELECT ts_ns, cost FROM taken WHERE provider = ? AND ts_ns > ? ORDER BY ts_ns",
            (self.provider, now - span),
        )
        for ts_ns, back in known:
            missing -= back
            if missing <= 0:
                return int(ts_ns) + span - now
        return span

    def _used(self, rows: sqlite3.Connection, now: int, limit: CallLimit) -> int:
        since = now - int(limit.per_s * NS_PER_S)
        query = "SELECT coalesce(sum(cost), 0) FROM taken WHERE provider = ? AND ts_ns > ?"
        return int(rows.execute(query, (self.provider, since)).fetchone()[0])

    def _shut_for(self, rows: sqlite3.Connection, now: int) -> int:
        found = rows.execute("SELECT until_ns FROM shut WHERE provider = ?", (self.provider,)).fetchone()
        # More than a day ahead is a clock that was set back, not a provider's word.
        return min(int(found[0]) - now, NS_PER_DAY) if found else 0

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection a call: they are used from several threads, and opening one costs under 1 ms."""
        with closing(sqlite3.connect(self.file, timeout=10.0, isolation_level=None)) as rows:
            yield rows
