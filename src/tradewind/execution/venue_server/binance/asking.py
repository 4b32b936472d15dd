"""Requests as Binance takes them: parameters, keys, signatures, times, and refusals with Binance's codes.

Source: https://developers.binance.com/docs/binance-spot-api-docs/rest-api (request security, error codes).
"""

import hashlib
import hmac
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tradewind.core.errors import StoreError, TradewindError
from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.inputs import RefusedError
from tradewind.execution.venue_server.listing import Listing
from tradewind.execution.venue_server.venue import LocalVenue

Params = Mapping[str, str]
Handler = Callable[[Params, Request], Awaitable[object]]
SIGNATURE = re.compile(r"(?:^|&)signature=[^&]*")
USUAL_WINDOW_MS, MOST_WINDOW_MS, MOST_AHEAD_MS = 5_000, 60_000, 1_000
NEEDED = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."


class BinanceError(TradewindError):
    """A refusal with one of Binance's codes; ``data`` is said beside it where there is some."""

    def __init__(self, code: int, message: str, status: int = 400, data: object = None) -> None:
        super().__init__(message)
        self.code, self.status, self.data = code, status, data


def refused(error: TradewindError) -> BinanceError:
    """A refusal of the desk in Binance's words."""
    if isinstance(error, BinanceError):
        return error
    kind = error.kind if isinstance(error, RefusedError) else ""
    if kind in ("funds", "quantity"):
        return BinanceError(-2010, "Account has insufficient balance for requested action.")
    if kind == "duplicate":
        return BinanceError(-2010, "Duplicate order sent.")
    if kind in ("unknown", "ended"):
        return BinanceError(-2011, "Unknown order sent.")
    if isinstance(error, StoreError):
        return BinanceError(-1001, error.message, 500)
    return BinanceError(-1013, error.message)


def answer(error: BinanceError) -> JSONResponse:
    """A refusal as it is sent."""
    told = {"code": error.code, "msg": error.message}
    return JSONResponse(told if error.data is None else told | {"data": error.data}, error.status)


class Door:
    """Checks keys and signatures, and makes routes of handlers."""

    def __init__(self, venue: LocalVenue, credentials: Credentials) -> None:
        self._venue, self._credentials = venue, credentials

    def public(self, path: str, method: str, handler: Handler) -> Route:
        """A way for everyone."""
        return self._route(path, method, handler, lambda request, _: None)

    def keyed(self, path: str, method: str, handler: Handler) -> Route:
        """A way that takes the key, without a signature."""
        return self._route(path, method, handler, lambda request, _: self._check_key(request))

    def signed(self, path: str, method: str, handler: Handler) -> Route:
        """A way that takes the key, a time and a signature."""
        return self._route(path, method, handler, self._check_signed)

    def _route(
        self, path: str, method: str, handler: Handler, check: Callable[[Request, str], None]
    ) -> Route:
        async def answered(request: Request) -> Response:
            try:
                body = (await request.body()).decode("utf-8", "replace")
                check(request, body)
                return JSONResponse(await handler(_params(request, body), request))
            except TradewindError as error:
                return answer(refused(error))

        return Route(path, answered, methods=[method])

    def _check_key(self, request: Request) -> None:
        key = request.headers.get("x-mbx-apikey", "")
        if not key:
            raise BinanceError(-2014, "API-key format invalid.", 401)
        if not hmac.compare_digest(key.encode(), self._credentials.key.encode()):
            raise BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", 401)

    def _check_signed(self, request: Request, body: str) -> None:
        self._check_key(request)
        params = _params(request, body)
        if "signature" not in params:
            raise BinanceError(-1102, NEEDED.format("signature"))
        payload = SIGNATURE.sub("", request.url.query) + SIGNATURE.sub("", body)
        self._check_signature(payload, params)

    def check_call(self, given: Mapping[str, object]) -> None:
        """BinanceError unless the parameters of a call by socket have the key, a time and a signature."""
        params = {str(key): str(value) for key, value in given.items()}
        if not hmac.compare_digest(params.get("apiKey", "").encode(), self._credentials.key.encode()):
            raise BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        if "signature" not in params:
            raise BinanceError(-1102, NEEDED.format("signature"))
        payload = "&".join(f"{key}={params[key]}" for key in sorted(params) if key != "signature")
        self._check_signature(payload, params)

    def _check_signature(self, payload: str, params: Params) -> None:
        own = hmac.new(self._credentials.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(own.encode(), params["signature"].lower().encode()):
            raise BinanceError(-1022, "Signature for this request is not valid.")
        sent, window = whole(params, "timestamp"), whole(params, "recvWindow", USUAL_WINDOW_MS)
        if window > MOST_WINDOW_MS:
            raise BinanceError(-1131, "recvWindow must be less than 60000.")
        now = server_ms(self._venue)
        if sent >= now + MOST_AHEAD_MS:
            message = "Timestamp for this request was 1000ms ahead of the server's time."
            raise BinanceError(-1021, message)
        if now - sent > window:
            raise BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")


def server_ms(venue: LocalVenue) -> int:
    """The server's time: the wall's, for clients sign by it, and the skew that a fault gave it."""
    return time.time_ns() // 1_000_000 + venue.skew_ns // 1_000_000


def _params(request: Request, body: str) -> dict[str, str]:
    """What the query and the body give; the body goes before."""
    return dict(parse_qsl(request.url.query)) | dict(parse_qsl(body))


def whole(params: Params, key: str, usual: int | None = None) -> int:
    """A whole number."""
    given = params.get(key)
    if given is None and usual is not None:
        return usual
    if given is None or not given.isascii() or not given.isdigit() or len(given) > 18:
        raise BinanceError(-1102, NEEDED.format(key))
    return int(given)


def figure(params: Params, key: str) -> Decimal:
    """A positive decimal."""
    try:
        found = Decimal(params.get(key, ""))
    except InvalidOperation as error:
        raise BinanceError(-1102, NEEDED.format(key)) from error
    if not found.is_finite() or found <= 0:
        raise BinanceError(-1102, NEEDED.format(key))
    return found


def wire(listing: Listing) -> str:
    """``BTCUSDT`` of ``BTC/USDT``."""
    return listing.instrument.symbol.replace("/", "")


def symbol_of(venue: LocalVenue, params: Params) -> Listing:
    """The listing that ``symbol`` names."""
    if not params.get("symbol"):
        raise BinanceError(-1102, NEEDED.format("symbol"))
    for listing in venue.desk.listings.values():
        if wire(listing) == params["symbol"]:
            return listing
    raise BinanceError(-1121, "Invalid symbol.")
