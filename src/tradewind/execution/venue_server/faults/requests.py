"""Faults of requests: late, refused, cut, or carried out and not answered."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tradewind.core.timestamps import NS_PER_S
from tradewind.execution.venue_server.faults.connections import cut
from tradewind.execution.venue_server.faults.script import Fault, FaultScript, Kind
from tradewind.execution.venue_server.inputs import HaltSet
from tradewind.execution.venue_server.venue import LocalVenue

Refusal = Callable[[int, dict[str, str]], Response]
"""Makes a protocol's answer of a status, with headers."""

KEY = "tradewind.faults"


def fault_of(request: Request, kind: Kind) -> Fault | None:
    """The fault of a kind that strikes a request while it is carried out."""
    taken: dict[Kind, Fault] = request.scope.get(KEY, {})
    return taken.get(kind)


class FaultyRequests:
    """Lets the script strike each request of the protocol; ``/venue`` is spared."""

    def __init__(self, app: ASGIApp, venue: LocalVenue, refusal: Refusal) -> None:
        self._app, self._venue, self._refusal = app, venue, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry the request out, or do to it what the script says."""
        if scope["type"] != "http" or scope["path"].startswith("/venue"):
            await self._app(scope, receive, send)
            return
        taken = self._script.take(f"{scope['method']} {scope['path']}")
        scope[KEY] = taken
        self._set(taken)
        if Kind.DELAY in taken:
            await asyncio.sleep(taken[Kind.DELAY].seconds)
        if Kind.DISCONNECT in taken:
            await _cut(scope, receive)
        elif Kind.TOO_MANY in taken:
            headers = {"Retry-After": f"{max(taken[Kind.TOO_MANY].seconds, 1.0):.0f}"}
            await self._refusal(429, headers)(scope, receive, send)
        elif Kind.NO_ANSWER in taken:
            await self._app(scope, receive, _unsaid)
            await asyncio.sleep(taken[Kind.NO_ANSWER].seconds)
            await _cut(scope, receive)
        elif Kind.ERROR in taken:
            if taken[Kind.ERROR].carried_out:
                await self._app(scope, receive, _unsaid)
            await self._refusal(taken[Kind.ERROR].status, {})(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    @property
    def _script(self) -> FaultScript:
        return self._venue.faults

    def _set(self, taken: dict[Kind, Fault]) -> None:
        """What lasts beyond the request."""
        if Kind.CLOCK_SKEW in taken:
            self._venue.skew_ns = int(taken[Kind.CLOCK_SKEW].seconds * NS_PER_S)
        if Kind.HALT in taken:
            halt(self._venue, taken[Kind.HALT].symbol, taken[Kind.HALT].seconds)


def halt(venue: LocalVenue, symbol: str, seconds: float) -> None:
    """Halt trading in a symbol for so long by the rehearsal's time; 0: until it is resumed."""
    listing = venue.listed(symbol)
    span = int(seconds * NS_PER_S)
    venue.do(lambda now: HaltSet(ts_ns=now, instrument_id=listing.id, until_ns=now + span if span else None))


async def _unsaid(message: Message) -> None:
    """The answer that never comes."""


async def _cut(scope: Any, receive: Receive) -> None:
    cut(scope)
    while (await receive())["type"] != "http.disconnect":
        pass  # what is left of the request
