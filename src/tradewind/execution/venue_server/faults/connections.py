"""Open connections by their ends, so that one can be cut in the middle of a request."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

_OPEN: dict[tuple[object, object], asyncio.Transport] = {}


class CuttableHttp(H11Protocol):
    """uvicorn's connection, which notes where it leads."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note it."""
        super().connection_made(transport)
        _OPEN[self.client, self.server] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        _OPEN.pop((self.client, self.server), None)
        super().connection_lost(exc)


def cut(scope: Any) -> None:
    """Cut the connection that a request came by: its client sees a reset, and no answer."""
    transport = _OPEN.get((scope["client"], scope["server"]))
    if transport is not None:
        transport.abort()
