"""A real PostgreSQL server on loopback that tests kill and start again."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.private_postgres import OWNER, WORD, PrivatePostgres
from tradewind.store.postgres.server import PostgresServer

__all__ = ["OWNER", "WORD", "PostgresSite", "database_of", "postgres_site"]


class PostgresSite(PrivatePostgres):
    def kill(self) -> None:
        """End it at once, as a crash does: nothing is finished."""
        server = psutil.Process(self.process.pid)
        for process in [server, *server.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
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
