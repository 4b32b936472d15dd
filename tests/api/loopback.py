"""The API on a real port, in a thread of this process."""

import contextlib
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
