"""A real PostgreSQL server on loopback that tests kill and start again; each takes a database of its own."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from tradewind.store.postgres.server import PostgresServer

OWNER, WORD = "tradewind", "right-word-for-tests"


def programs() -> Path:
    """Where the server's programs are; where there are none the tests fail, and say what to do."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres")) + sorted(
        glob.glob("/opt/homebrew/opt/postgresql*/bin/postgres")
    )
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        raise RuntimeError("No PostgreSQL server is installed. On Debian: apt-get install postgresql.")
    return Path(on_path or found[-1]).parent


class PostgresSite:
    """One server process; ``port`` and data stay over restarts. Root runs it as the user ``postgres``."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder, self._databases = folder, count()
        self._as = (
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        )
        word = folder / "word"
        word.write_text(WORD)
        if self._as:
            shutil.chown(folder, "postgres")
            shutil.chown(word, "postgres")
        made = ["--pgdata", str(folder / "data"), "--username", OWNER, "--pwfile", str(word)]
        made += [
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
            "--no-locale",
            "--no-sync",
            "--no-instructions",
        ]
        self._run("initdb", *made)
        self.start()

    def start(self) -> None:
        settings = [f"-cport={self.port}", "-clisten_addresses=127.0.0.1", "-cunix_socket_directories="]
        settings += ["-cmax_connections=60", "-cshared_buffers=32MB", "-cfsync=off", "-cmax_wal_size=256MB"]
        self.process = subprocess.Popen(
            [*self._as, str(programs() / "postgres"), "-D", str(self.folder / "data"), *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        deadline = time.monotonic() + 60.0
        while True:
            try:
                self._connect("postgres").close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, "the server did not start"
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.05)

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

    def stop(self) -> None:
        """Immediate shutdown."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=60)

    def fresh(self) -> PostgresServer:
        """An empty database of its own."""
        name = f"fresh_{next(self._databases)}"
        self.run("postgres", f"CREATE DATABASE {name}")
        return PostgresServer(f"postgresql://{OWNER}@127.0.0.1:{self.port}/{name}", "tradewind", WORD)

    def run(self, database: str, *statements: str) -> list[tuple[object, ...]]:
        """Statements one by one, as the owner; the rows of the last."""
        with self._connect(database) as link, link.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=OWNER, password=WORD, dbname=database, autocommit=True
        )

    def _run(self, program: str, *given: str) -> None:
        done = subprocess.run(
            [*self._as, str(programs() / program), *given],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        assert done.returncode == 0, done.stderr


def database_of(server: PostgresServer) -> str:
    return server.url.rpartition("/")[2]


@contextmanager
def postgres_site(folder: Path) -> Iterator[PostgresSite]:
    """A server until the block ends; as root its folder must be one that another user may enter."""
    folder.mkdir(parents=True, exist_ok=True)
    site = PostgresSite(folder)
    try:
        yield site
    finally:
        site.stop()
