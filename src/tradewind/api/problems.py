"""Errors as problem+json (RFC 9457): what happened, and what to do about it."""

import re
from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from tradewind.api.security_headers import SECURITY_HEADERS
from tradewind.core.errors import (
    JournalBrokenError,
    JournalError,
    JournalFullError,
    JournalLockedError,
    TradewindError,
    UnknownSymbolError,
)

MEDIA_TYPE = "application/problem+json"
_MOST_NAMED = 10
_FOLDERS = re.compile(r"(?<![\w.:/])/(?:[^/\s'\"]+/)+")
_STATUS: tuple[tuple[type[TradewindError], int], ...] = (
    (JournalBrokenError, 409),
    (JournalLockedError, 503),
    (JournalFullError, 503),
    (JournalError, 404),
    (UnknownSymbolError, 422),
)


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Body of every error."""

    type: str
    title: str
    status: int
    detail: str = ""
    next_step: str = ""


class ProblemError(Exception):
    """Answers a request with a problem."""

    def __init__(
        self, status: int, detail: str, next_step: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.next_step = next_step
        self.headers = dict(headers or {})


def problem_bytes(status: int, detail: str, next_step: str = "", kind: str = "about:blank") -> bytes:
    """A problem's body."""
    title = HTTPStatus(status).phrase
    problem = Problem(
        type=kind, title=title, status=status, detail=_sendable(detail), next_step=_sendable(next_step)
    )
    return msgspec.json.encode(problem)


def problem_answer(
    status: int, detail: str, next_step: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as an answer."""
    body = problem_bytes(status, detail, next_step)
    return Response(
        body, status, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", **(headers or {})}
    )


async def send_problem(refused: ProblemError, scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a call or a WebSocket before the app has seen it, and end the connection; no body is read."""
    headers = {**refused.headers, "Connection": "close"}
    answer = problem_answer(refused.status, refused.detail, refused.next_step, headers)
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": refused.detail[:100]})
    else:
        await answer(scope, receive, send)


def install(app: FastAPI) -> None:
    """Every error that leaves the app is a problem."""

    @app.exception_handler(ProblemError)
    async def asked_for(request: Request, error: ProblemError) -> Response:
        return problem_answer(error.status, error.detail, error.next_step, error.headers)

    @app.exception_handler(TradewindError)
    async def ours(request: Request, error: TradewindError) -> Response:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
        return problem_answer(status, without_folders(error.message), without_folders(error.next_step))

    @app.exception_handler(HTTPException)
    async def of_the_framework(request: Request, error: HTTPException) -> Response:
        return problem_answer(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def bad_input(request: Request, error: RequestValidationError) -> Response:
        found = [f"{'.'.join(map(str, one['loc']))[:100]}: {one['msg']}" for one in error.errors()]
        more = f"; and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        detail = "; ".join(found[:_MOST_NAMED]) + more
        return problem_answer(422, detail, "Correct what is named and send it again.")

    @app.exception_handler(Exception)
    async def not_foreseen(request: Request, error: Exception) -> Response:
        # What went wrong goes to the log of the server, which raises it again; the caller learns no more.
        detail = "Something failed that should not have."
        return problem_answer(500, detail, "The server's log says what.", SECURITY_HEADERS)


def without_folders(text: str) -> str:
    """The text with each absolute path cut down to its last name: where files lie is nobody's business."""
    return _FOLDERS.sub("", text)


def _sendable(text: str) -> str:
    """Half of a surrogate pair, which JSON may hold but UTF-8 may not, written out."""
    return text.encode("utf-8", "backslashreplace").decode()
