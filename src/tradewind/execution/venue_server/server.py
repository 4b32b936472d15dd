"""The web server of a rehearsal: it plays the tape while it answers, on this machine alone."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from tradewind.core.errors import TradewindError
from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.alpaca.app import ALPACA
from tradewind.execution.venue_server.binance.app import BINANCE
from tradewind.execution.venue_server.callers import OwnCallers
from tradewind.execution.venue_server.control import ControlRoutes
from tradewind.execution.venue_server.faults.connections import CuttableHttp
from tradewind.execution.venue_server.faults.requests import FaultyRequests
from tradewind.execution.venue_server.venue import LocalVenue

PROTOCOLS = {protocol.name: protocol for protocol in (ALPACA, BINANCE)}


Stop = Callable[[TradewindError], None]


def _unheard(error: TradewindError) -> None:
    """Nobody waits for the end."""


def make_app(venue: LocalVenue, credentials: Credentials, stop: Stop = _unheard) -> ASGIApp:
    """The application that speaks the protocol over the rehearsal; ``stop`` hears why the prices ended."""
    protocol = PROTOCOLS[venue.protocol]
    app = Starlette(
        routes=[*ControlRoutes(venue).routes(), *protocol.routes(venue, credentials)],
        lifespan=_playing(venue, stop),
        exception_handlers={404: protocol.not_there, 405: protocol.not_there},
    )
    return OwnCallers(FaultyRequests(protocol.guard(app, credentials), venue, protocol.refusal))


def serve_venue(venue: LocalVenue, listening: socket.socket, credentials: Credentials) -> None:
    """Serve on a socket that listens already, until interrupted; StoreError when the disk ends it."""
    server: list[uvicorn.Server] = []
    failed: list[TradewindError] = []

    def stop(error: TradewindError) -> None:
        failed.append(error)
        server[0].should_exit = True

    server.append(uvicorn.Server(settings(make_app(venue, credentials, stop))))
    with listening:
        server[0].run(sockets=[listening])
    if failed:
        raise failed[0]


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


def _playing(venue: LocalVenue, stop: Stop):  # type: ignore[no-untyped-def]  # starlette's own type is a union of three
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        playing = asyncio.create_task(_play(venue, stop))
        try:
            yield
        finally:
            playing.cancel()
            with suppress(asyncio.CancelledError):
                await playing

    return lifespan


async def _play(venue: LocalVenue, stop: Stop) -> None:
    try:
        await venue.play()
    except TradewindError as error:
        stop(error)
