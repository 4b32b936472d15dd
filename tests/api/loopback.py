"""The API on a real port, in a thread of this process."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from tradewind.api.serve import bind, settings


@contextlib.contextmanager
def running(app, port: int = 0, **changes) -> Iterator[str]:
    """Serve ``app`` on loopback as ``serve`` does, in a thread, on a free port unless one is named."""
    listening = bind("127.0.0.1", port)
    config = settings(app, **changes)
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            pytest.fail("the server ended before it had started")
        time.sleep(0.01)
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


def exchange(address: str, *parts: bytes, wait_s: float = 5.0) -> bytes:
    """Send raw bytes until the server cuts off, then read until it has nothing more to say."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=wait_s) as line:
        with contextlib.suppress(ConnectionError):
            for part in parts:
                line.sendall(part)
        heard = bytearray()
        with contextlib.suppress(TimeoutError, ConnectionError):
            while more := line.recv(65_536):
                heard += more
        return bytes(heard)


def status(answer: bytes) -> int:
    """The status of the first answer, 0 for none."""
    first = answer.split(b"\r\n", 1)[0].split()
    return int(first[1]) if len(first) > 1 else 0
