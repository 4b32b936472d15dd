"""How much one call may send: refused unread where it says so itself, cut off where it does not."""

import asyncio
from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tradewind.api.problems import ProblemError, send_problem

MOST_BODY_BYTES = 64 * 1024
MOST_HEAD_BYTES = 16 * 1024
MOST_HEADERS = 100
BODY_WITHIN_S = 10.0


class RequestLimits:
    """Middleware: hands on calls with their whole body, which is small and came in time.

    Refusals are 431 (head), 413 (body), 408 (too slow) and 400 (a length that is none); all of them end the
    connection, so that the rest of a body is never read.
    """

    most_body_bytes = MOST_BODY_BYTES
    within_s = BODY_WITHIN_S

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is small enough."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            _check_head(scope)
            body = b"" if scope["type"] == "websocket" else await self._body(scope, receive)
        except ProblemError as refused:
            await send_problem(refused, scope, receive, send)
            return
        if body is None:
            return
        await self._app(scope, receive if not body else _first(body, receive), send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None when the caller has gone."""
        told = _told_length(scope)
        if told is not None and told > self.most_body_bytes:
            raise self._too_large()
        if told in (None, 0) and not _has(scope, b"transfer-encoding"):
            return b""
        parts = bytearray()
        try:
            async with asyncio.timeout(self.within_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    parts += message.get("body", b"")
                    if len(parts) > self.most_body_bytes:
                        raise self._too_large()
                    if not message.get("more_body", False):
                        return bytes(parts)
        except TimeoutError as late:
            why = f"The body did not arrive within {self.within_s:g} s."
            raise ProblemError(408, why, "Send it at once.") from late

    def _too_large(self) -> ProblemError:
        message = f"A body may have {self.most_body_bytes:,} bytes at most."
        return ProblemError(413, message, "Send a smaller one; a command takes a few hundred.")


def _check_head(scope: Scope) -> None:
    size = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    size += len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if size > MOST_HEAD_BYTES or len(scope["headers"]) > MOST_HEADERS:
        message = f"Address and headers may have {MOST_HEAD_BYTES:,} bytes and {MOST_HEADERS} lines at most."
        raise ProblemError(431, message, "Send fewer.")


def _told_length(scope: Scope) -> int | None:
    for told in _values(scope, b"content-length"):
        if not told.isdigit() or len(told) > 18:
            raise ProblemError(400, "Content-Length is no number of bytes.", "Send the body's length.")
        return int(told)
    return None


def _has(scope: Scope, name: bytes) -> bool:
    return next(_values(scope, name), None) is not None


def _values(scope: Scope, name: bytes) -> Iterator[bytes]:
    return (value for known, value in scope["headers"] if known == name)


def _first(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that hands out the body at once, and then what comes."""
    waiting = [body]

    async def receiving() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return receiving
