"""A real PostgreSQL server on loopback that tests kill and start again."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.private_postgres import OWNER, WORD, PrivatePostgres
from tradewind.store.postgres.server import PostgresServer

__all__ = ["OWNER", "WORD", "PostgresSite", "database_of", "postgres_site"]


class PostgresSite(PrivatePostgres):
    def kill(self) -> None:
        """End it at once, as a crash does: nothing is finished."""
        children = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        for pid in [self.process.pid, *map(int, children)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def run(self, database: str, *statements: str) -> list[tuple[object, ...]]:
        """Statements one by one, as the owner; the rows of the last."""
        with self.connect(database) as link, link.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def database_of(server: PostgresServer) -> str:
    return server.url.rpartition("/")[2]


@contextmanager
def postgres_site(folder: Path) -> Iterator[PostgresSite]:
    """A server until the block ends; where root runs the tests, its folder is one that others may enter."""
    folder.mkdir(parents=True, exist_ok=True)
    site = PostgresSite(folder, "fsync=off", "shared_buffers=32MB")
    try:
        yield site
    finally:
        site.stop()
