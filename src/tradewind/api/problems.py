"""Errors as problem+json (RFC 9457): what happened, and what to do about it."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from tradewind.core.errors import JournalBrokenError, JournalError, TradewindError, UnknownSymbolError

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[TradewindError], int], ...] = (
    (JournalBrokenError, 409),
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
    problem = Problem(type=kind, title=title, status=status, detail=detail, next_step=next_step)
    return msgspec.json.encode(problem)


def problem_answer(
    status: int, detail: str, next_step: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as an answer."""
    body = problem_bytes(status, detail, next_step)
    return Response(body, status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def install(app: FastAPI) -> None:
    """Every error that leaves the app is a problem."""

    @app.exception_handler(ProblemError)
    async def asked_for(request: Request, error: ProblemError) -> Response:
        return problem_answer(error.status, error.detail, error.next_step, error.headers)

    @app.exception_handler(TradewindError)
    async def ours(request: Request, error: TradewindError) -> Response:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
        return problem_answer(status, error.message, error.next_step)

    @app.exception_handler(HTTPException)
    async def of_the_framework(request: Request, error: HTTPException) -> Response:
        return problem_answer(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def bad_input(request: Request, error: RequestValidationError) -> Response:
        found = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        return problem_answer(422, "; ".join(found), "Correct what is named and send it again.")
