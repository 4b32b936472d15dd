"""What the server asks of a protocol, whichever broker's it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.venue import LocalVenue


@dataclass(frozen=True)
class Protocol:
    """One broker's ways and words."""

    name: str
    routes: Callable[[LocalVenue, Credentials], Sequence[BaseRoute]]
    guard: Callable[[ASGIApp, Credentials], ASGIApp]
    """Puts before the application what lets strangers in or not."""
    not_there: Callable[[Request, Exception], Response]
    """The answer to a way that the rehearsal lacks."""
    refusal: Callable[[int, dict[str, str]], Response]
    """The answer of a fault, by its status and with headers."""
    coins_alone: bool = False
    names_once: bool = True
    """Whether a client order id may never be used again."""
