"""Only programs of this machine talk to a rehearsal: no web page does, under whatever name it calls."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from tradewind.core.callers import LOOPBACK_NAMES, answers_for, foreign_page


class OwnCallers:
    """Middleware around the whole venue, its control requests too, which take no key."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; answer 403 to the rest before anything of it is read."""
        if scope["type"] not in ("http", "websocket") or not (why := _foreign(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(1008, why)(scope, receive, send)
        else:
            told = {"error": why, "next_step": "Call from a program of this machine, at 127.0.0.1."}
            await JSONResponse(told, 403)(scope, receive, send)


def _foreign(scope: Scope) -> str:
    """Why a call is not answered; empty where it is."""
    headers, server = Headers(scope=scope), scope.get("server")
    host = headers.get("host", "")
    if not answers_for(host, LOOPBACK_NAMES, server[0] if server else ""):
        return f"The venue does not answer for the host {host[:100]!r}."
    page = foreign_page(host, headers.get("origin"), headers.get("sec-fetch-site", "none"))
    return f"A page of {page!r} may not call the venue." if page else ""
