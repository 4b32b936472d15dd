"""A PostgreSQL server of one's own on loopback, in a folder that goes with it.

PostgreSQL runs for nobody who is root: then it runs as the user ``postgres``, whom its packages make.
"""

import glob
import os
import shutil
import signal
import socket
import subprocess
import time
from itertools import count
from pathlib import Path

import psycopg

from tradewind.store.postgres.server import PostgresServer

OWNER, WORD = "tradewind", "word-of-a-private-server"


class PrivatePostgres:
    """One server process; port and data stay over restarts. ``settings`` are its own, as ``fsync=off``.

    Raises
    ------
    RuntimeError
        No server is installed, or it does not start.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder, self.settings, self._databases = folder, settings, count()
        root = os.getuid() == 0
        self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if root else []
        word = folder / "word"
        word.write_text(WORD)
        for path in (folder, word) if root else ():
            shutil.chown(path, "postgres")
        made = ["--pgdata", str(folder / "data"), "--username", OWNER, "--pwfile", str(word), "--no-sync"]
        made += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-instructions"]
        done = subprocess.run(
            [*self._as, str(programs() / "initdb"), *made],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        here = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        given = [f"-c{setting}" for setting in (*here, "max_connections=60", *self.settings)]
        self.process = subprocess.Popen(
            [*self._as, str(programs() / "postgres"), "-D", str(self.folder / "data"), *given],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        deadline = time.monotonic() + 60.0
        while True:
            try:
                self.connect("postgres").close()
                return
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("The server did not start.") from error
                time.sleep(0.05)

    def stop(self) -> None:
        """Immediate shutdown, where it runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=60)

    def fresh(self) -> PostgresServer:
        """An empty database of its own."""
        name = f"fresh_{next(self._databases)}"
        with self.connect("postgres") as link:
            link.execute(f"CREATE DATABASE {name}")
        return PostgresServer(f"postgresql://{OWNER}@127.0.0.1:{self.port}/{name}", "tradewind", WORD)

    def connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the owner, each statement by itself."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=OWNER, password=WORD, dbname=database, autocommit=True
        )


def programs() -> Path:
    """The folder of the newest server's programs; RuntimeError that says what to install."""
    found = [Path(path) for path in sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))]
    on_path = shutil.which("postgres")
    if on_path is None and not found:
        raise RuntimeError("No PostgreSQL server is installed. On Debian: apt-get install postgresql.")
    return found[-1].parent if found else Path(str(on_path)).parent
