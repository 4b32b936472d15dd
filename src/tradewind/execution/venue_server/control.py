"""Ways of the rehearsal itself, below ``/venue``: where it stands, and moving it on step by step."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.timestamps import iso, parse_ns
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
            "time": iso(self._venue.now_ns()),
            "position": desk.position,
            "steps": len(desk.tape.steps),
            "ended": self._venue.ended,
            "speed": self._venue.speed,
            "orders": len(desk.orders),
            "fills": len(desk.fills),
            "listeners": self._venue.listeners,
            "halted": sorted(desk.halted),
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
    body = await request.body()
    try:
        read = json.loads(body) if body else {}
    except ValueError as error:
        message = f"The request is no JSON: {error}."
        raise ConfigError(message, "Send one object.") from error
    if not isinstance(read, dict):
        raise ConfigError("The request is no JSON object.", "Send one object.")
    return read


def _count(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 1_000_000:
        message = f"{given!r} is no count of steps."
        raise ConfigError(message, "Give a whole number from 1 to 1000000.")
    return given
