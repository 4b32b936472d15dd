"""Ways of the rehearsal itself, below ``/venue``: where it stands, and moving it on step by step."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.timestamps import iso, parse_ns
from tradewind.execution.venue_server.faults.requests import halt
from tradewind.execution.venue_server.faults.script import read_faults
from tradewind.execution.venue_server.inputs import HaltSet
from tradewind.execution.venue_server.tape import BarDone
from tradewind.execution.venue_server.venue import LocalVenue


class ControlRoutes:
    """Handlers of ``/venue``; only this machine reaches them."""

    def __init__(self, venue: LocalVenue) -> None:
        self._venue = venue

    def routes(self) -> list[Route]:
        """Every way."""
        return [
            Route("/venue", self.state, methods=["GET"]),
            Route("/venue/step", answered(self.step), methods=["POST"]),
            Route("/venue/faults", self.list_faults, methods=["GET"]),
            Route("/venue/faults", answered(self.add_faults), methods=["POST"]),
            Route("/venue/faults", self.clear_faults, methods=["DELETE"]),
            Route("/venue/halt", answered(self.halt), methods=["POST"]),
            Route("/venue/resume", answered(self.resume), methods=["POST"]),
        ]

    async def state(self, request: Request) -> Response:
        """Where the rehearsal stands."""
        return JSONResponse(self._state())

    async def step(self, request: Request) -> Response:
        """Move on: ``{"steps": 4}`` quotes, ``{"bars": 1}`` closed bars, or ``{"until": "2020-03-02"}``."""
        asked = await read_object(request) or {"steps": 1}
        if len(asked) != 1 or not asked.keys() <= {"steps", "bars", "until"}:
            message = f"A step cannot be {asked}."
            raise ConfigError(message, "Give one of steps, bars and until.")
        if "until" in asked:
            self._venue.advance_to(parse_ns(str(asked["until"])))
        elif "bars" in asked:
            self._bars(_count(asked["bars"]))
        else:
            self._venue.advance(_count(asked["steps"]))
        return JSONResponse(self._state())

    async def list_faults(self, request: Request) -> Response:
        """Every fault, with how often it matched and struck."""
        return JSONResponse(self._venue.faults.told())

    async def add_faults(self, request: Request) -> Response:
        """One fault, or a list of them, as in a script."""
        self._venue.add_faults(read_faults(await read_json(request)))
        return JSONResponse(self._venue.faults.told())

    async def clear_faults(self, request: Request) -> Response:
        """No faults any more, and the clock is right again; halts stay until they are resumed."""
        self._venue.faults.clear()
        self._venue.skew_ns = 0
        return JSONResponse([])

    async def halt(self, request: Request) -> Response:
        """Halt a symbol: ``{"symbol": "AAPL", "seconds": 60}``; without seconds until it is resumed."""
        asked = await read_object(request)
        seconds = asked.get("seconds", 0)
        row = read_faults({"fault": "halt", "symbol": asked.get("symbol", ""), "seconds": seconds})[0]
        halt(self._venue, row.symbol, row.seconds)
        return JSONResponse(self._state())

    async def resume(self, request: Request) -> Response:
        """Trading in a symbol goes on: ``{"symbol": "AAPL"}``."""
        listing = self._venue.listed(str((await read_object(request)).get("symbol", "")))
        self._venue.do(lambda now: HaltSet(ts_ns=now, instrument_id=listing.id, until_ns=now))
        return JSONResponse(self._state())

    def _bars(self, count: int) -> None:
        """On past the next moments at which bars close."""
        for _ in range(count):
            ahead = self._venue.desk.tape.steps[self._venue.desk.position :]
            closes = next((step.ts_ns for step in ahead if isinstance(step, BarDone)), None)
            if closes is None:
                return
            self._venue.advance_to(closes)

    def _state(self) -> dict[str, Any]:
        desk = self._venue.desk
        return {
            "protocol": self._venue.protocol,
            "time": iso(self._venue.now_ns()),
            "position": desk.position,
            "steps": len(desk.tape.steps),
            "ended": self._venue.ended,
            "speed": self._venue.speed,
            "orders": len(desk.orders),
            "fills": len(desk.fills),
            "listeners": self._venue.listeners,
            "halted": sorted(name for name in desk.halted_until if desk.is_halted(name)),
        }


def answered(handler: Any) -> Any:
    """A handler whose refusals are answered with 400 and words."""

    async def run(request: Request) -> Response:
        try:
            return await handler(request)  # type: ignore[no-any-return]
        except TradewindError as error:
            return JSONResponse({"error": error.message, "next_step": error.next_step}, 400)

    return run


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object of a request; empty where it has none."""
    read = await read_json(request)
    if not isinstance(read, dict):
        raise ConfigError("The request is no JSON object.", "Send one object.")
    return read


async def read_json(request: Request) -> Any:
    """The JSON of a request; an empty object where it has none."""
    body = await request.body()
    try:
        return json.loads(body) if body else {}
    except ValueError as error:
        message = f"The request is no JSON: {error}."
        raise ConfigError(message, "Send one object.") from error


def _count(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 1_000_000:
        message = f"{given!r} is no count of steps."
        raise ConfigError(message, "Give a whole number from 1 to 1000000.")
    return given
