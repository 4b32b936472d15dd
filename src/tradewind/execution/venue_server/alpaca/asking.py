"""What all ways of Alpaca's protocol share: reading requests, and refusals with Alpaca's codes."""

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tradewind.core.errors import StoreError, TradewindError
from tradewind.core.timestamps import parse_ns
from tradewind.execution.venue_server.inputs import RefusedError

CODES = {
    "duplicate": (422, 40010001),
    "ended": (422, 42210000),
    "funds": (403, 40310000),
    "invalid": (422, 42210000),
    "no_asset": (422, 42210000),
    "no_position": (404, 40410000),
    "quantity": (403, 40310000),
    "unknown": (404, 40410000),
}
Handler = Callable[[Request], Awaitable[Response]]


def problem(error: TradewindError) -> JSONResponse:
    """A refusal in Alpaca's form."""
    if isinstance(error, StoreError):
        return JSONResponse({"code": 50010000, "message": error.message}, 500)
    kind = error.kind if isinstance(error, RefusedError) else "invalid"
    facts = error.facts if isinstance(error, RefusedError) else {}
    status, code = CODES[kind]
    return JSONResponse({"code": code, "message": error.message, **facts}, status)


def route(path: str, method: str, handler: Handler) -> Route:
    """A way whose refusals are answered in Alpaca's form."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except TradewindError as error:
            return problem(error)

    return Route(path, answered, methods=[method])


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request, figures exact."""
    try:
        read = json.loads(await request.body(), parse_float=Decimal)
    except ValueError as error:
        raise RefusedError("invalid", "request body format is invalid") from error
    if not isinstance(read, dict):
        raise RefusedError("invalid", "request body format is invalid")
    return read


def count_of(given: str | None, usual: int, most: int) -> int:
    """A count of a query, or the usual one."""
    if given is None:
        return usual
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= most:
        raise RefusedError("invalid", f"limit must be from 1 to {most}")
    return int(given)


def moment_of(given: str | None) -> int | None:
    """A time of a query; None where none is given."""
    if not given:
        return None
    try:
        return parse_ns(given.replace("Z", "+00:00").replace(" ", "+"))
    except TradewindError as error:
        raise RefusedError("invalid", f"invalid time {given!r}") from error
