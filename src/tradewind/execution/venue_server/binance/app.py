"""The server that speaks Binance's spot protocol."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.binance.asking import Door
from tradewind.execution.venue_server.binance.prices import MarketRoutes
from tradewind.execution.venue_server.binance.routes import SpotRoutes
from tradewind.execution.venue_server.binance.stream import Streams
from tradewind.execution.venue_server.protocol import Protocol
from tradewind.execution.venue_server.venue import LocalVenue

TOO_MANY = 429


def binance_routes(venue: LocalVenue, credentials: Credentials) -> list[BaseRoute]:
    """Everything that the protocol answers; each way checks its own key and signature."""
    door = Door(venue, credentials)
    return [
        *MarketRoutes(venue).routes(door),
        *SpotRoutes(venue).routes(door),
        *Streams(venue, door).routes(),
    ]


def unguarded(app: ASGIApp, credentials: Credentials) -> ASGIApp:
    """The ways check for themselves."""
    return app


def not_there(request: Request, error: Exception) -> Response:
    """A way that Binance may have and the rehearsal lacks."""
    told = {"code": -1000, "msg": f"This rehearsal has no {request.method} {request.url.path}."}
    return JSONResponse(told, 404)


def refusal(status: int, headers: dict[str, str]) -> Response:
    """An answer of a fault in Binance's form."""
    if status == TOO_MANY:
        told: dict[str, object] = {"code": -1003, "msg": "Too many requests."}
    else:
        told = {"code": -1001, "msg": "Internal error; unable to process your request. Please try again."}
    return JSONResponse(told, status, headers)


BINANCE = Protocol(
    "binance", binance_routes, unguarded, not_there, refusal, coins_alone=True, names_once=False
)
