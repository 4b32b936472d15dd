"""Connections as uvicorn's HTTP/1.1 takes them, with the bounds that it lacks.

A connection that sends no whole request head in time is ended; a head over its limit is cut off however it
arrives; and there are at most so many connections, of one address and of all. Where one more comes, the one
that has waited longest goes: first those with no call under way, so that no crowd of silent ones keeps a
command out.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from tradewind.api.problems import MEDIA_TYPE, problem_bytes
from tradewind.api.request_limits import MOST_HEAD_BYTES
from tradewind.api.security_headers import SECURITY_HEADERS

HEAD_WITHIN_S = 10.0
MOST_CONNECTIONS = 256
MOST_OF_ONE = 128


class BoundedHttp(H11Protocol):
    """One connection."""

    head_within_s = HEAD_WITHIN_S
    most = MOST_CONNECTIONS
    most_of_one = MOST_OF_ONE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, in the place of another where there are too many."""
        super().connection_made(transport)
        self._silent_since = self.loop.time()
        self._make_room()
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Read on in pieces no larger than a head may be, so that its limit holds for all of them."""
        for start in range(0, len(data), MOST_HEAD_BYTES):
            if self.transport.is_closing() or self.transport.get_protocol() is not self:
                return
            super().data_received(data[start : start + MOST_HEAD_BYTES])

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._await_head()
        super().on_response_complete()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """The stream has bounds of its own."""
        self._deadline.cancel()
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, or a head over the limit, gets a problem and no more."""
        detail = f"The call is no HTTP, or its head has over {MOST_HEAD_BYTES:,} bytes."
        body = problem_bytes(400, detail, "Send a proper and smaller one.")
        told = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Connection": "close"}
        headers = [(name.encode(), value.encode()) for name, value in (told | SECURITY_HEADERS).items()]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    @property
    def is_silent(self) -> bool:
        """Whether no call is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _await_head(self) -> None:
        if (known := getattr(self, "_deadline", None)) is not None:
            known.cancel()
        self._silent_since = self.loop.time()
        self._deadline = self.loop.call_later(self.head_within_s, self._too_slow)

    def _too_slow(self) -> None:
        if self.is_silent:
            self.transport.close()

    def _make_room(self) -> None:
        others = [one for one in self.connections if isinstance(one, BoundedHttp) and one is not self]
        mine = [one for one in others if _address(one) == _address(self)]
        crowd = mine if len(mine) >= self.most_of_one else others if len(others) >= self.most else []
        if crowd:
            going = min(crowd, key=lambda one: (not one.is_silent, one._silent_since))
            # Out of the count at once: the loop tells of its end only on its next turn.
            self.connections.discard(going)
            going.transport.abort()


def _address(connection: H11Protocol) -> Any:
    return connection.client[0] if connection.client else ""
