"""The web server of a rehearsal: it plays the tape while it answers, on this machine alone."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.alpaca.app import ALPACA
from tradewind.execution.venue_server.binance.app import BINANCE
from tradewind.execution.venue_server.control import ControlRoutes
from tradewind.execution.venue_server.faults.connections import CuttableHttp
from tradewind.execution.venue_server.faults.requests import FaultyRequests
from tradewind.execution.venue_server.venue import LocalVenue

PROTOCOLS = {protocol.name: protocol for protocol in (ALPACA, BINANCE)}


def make_app(venue: LocalVenue, credentials: Credentials) -> ASGIApp:
    """The application that speaks the protocol over the rehearsal."""
    protocol = PROTOCOLS[venue.protocol]
    app = Starlette(
        routes=[*ControlRoutes(venue).routes(), *protocol.routes(venue, credentials)],
        lifespan=_playing(venue),
        exception_handlers={404: protocol.not_there, 405: protocol.not_there},
    )
    return FaultyRequests(protocol.guard(app, credentials), venue, protocol.refusal)


def serve_venue(venue: LocalVenue, listening: socket.socket, credentials: Credentials) -> None:
    """Serve on a socket that listens already, until interrupted."""
    with listening:
        uvicorn.Server(settings(make_app(venue, credentials))).run(sockets=[listening])


def settings(app: ASGIApp) -> uvicorn.Config:
    """How uvicorn runs the app: quietly, and without trusting anybody's word on who calls."""
    return uvicorn.Config(
        app,
        log_level="warning",
        http=CuttableHttp,
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
        proxy_headers=False,
        server_header=False,
    )


def _playing(venue: LocalVenue):  # type: ignore[no-untyped-def]  # starlette's own type is a union of three
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        playing = asyncio.create_task(venue.play())
        try:
            yield
        finally:
            playing.cancel()
            with suppress(asyncio.CancelledError):
                await playing

    return lifespan
