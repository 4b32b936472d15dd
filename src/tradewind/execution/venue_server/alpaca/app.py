"""The server that speaks Alpaca's protocol: its ways, and the keys that open them."""

import base64
import binascii

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.alpaca.price_stream import PriceStreams
from tradewind.execution.venue_server.alpaca.prices import PriceRoutes
from tradewind.execution.venue_server.alpaca.routes import TradingRoutes
from tradewind.execution.venue_server.alpaca.stream import TradeUpdates
from tradewind.execution.venue_server.protocol import Protocol
from tradewind.execution.venue_server.venue import LocalVenue

TOO_MANY = 429
PROTECTED = ("/v2/", "/v1beta3/")


def alpaca_routes(venue: LocalVenue, credentials: Credentials) -> list[BaseRoute]:
    """Everything that the protocol answers."""
    return [
        *PriceRoutes(venue).routes(),
        *TradingRoutes(venue).routes(),
        *TradeUpdates(venue, credentials).routes(),
        *PriceStreams(venue, credentials).routes(),
    ]


class AlpacaAccess:
    """Lets those in who send the key and the secret, in Alpaca's headers or as basic authentication."""

    def __init__(self, app: ASGIApp, credentials: Credentials) -> None:
        self._app, self._credentials = app, credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        guarded = scope["type"] == "http" and scope["path"].startswith(PROTECTED)
        if guarded and not self._credentials.match(*_pair(Request(scope))):
            refusal = {"code": 40110000, "message": "request is not authorized"}
            await JSONResponse(refusal, 401)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def not_there(request: Request, error: Exception) -> Response:
    """A way that Alpaca may have and the rehearsal lacks."""
    told = {"code": 40410000, "message": f"endpoint not found: {request.method} {request.url.path}"}
    return JSONResponse(told, 404)


def refusal(status: int, headers: dict[str, str]) -> Response:
    """An answer of a fault in Alpaca's form."""
    words = "rate limit exceeded" if status == TOO_MANY else "internal server error"
    return JSONResponse({"code": status * 100_000 + 10_000, "message": words}, status, headers)


def _pair(request: Request) -> tuple[str, str]:
    headers = request.headers
    kind, _, encoded = headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return key, secret
    return headers.get("apca-api-key-id", ""), headers.get("apca-api-secret-key", "")


ALPACA = Protocol("alpaca", alpaca_routes, AlpacaAccess, not_there, refusal)
