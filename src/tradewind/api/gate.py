"""Who may talk to the API, and the security headers of every answer.

* On loopback anyone on the machine may read. From elsewhere every call of the API needs the bearer token; the
  page itself holds nothing and asks for it.
* Commands need the token wherever they come from, once one is configured; without one they are taken from
  loopback alone.
* The ``Host`` must be one that we serve (a page of another site cannot reach us by rebinding its name), and a
  WebSocket's ``Origin`` must be our own.
"""

import hmac
import ipaddress
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tradewind.api.problems import ProblemError, problem_answer

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Gate:
    """Middleware around the whole app.

    Parameters
    ----------
    token
        Bearer token; empty where none is configured.
    hosts
        Names under which we are served besides loopback.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: Iterable[str]) -> None:
        self._app = app
        self._token = token
        self._hosts = {*LOOPBACK_NAMES, *hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; refuse the rest with a problem."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self._refusal(HTTPConnection(scope))
        if refused is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4401, "reason": refused.detail})
        else:
            answer = problem_answer(refused.status, refused.detail, refused.next_step, refused.headers)
            await answer(scope, receive, _with_headers(send))

    def _refusal(self, call: HTTPConnection) -> ProblemError | None:
        host = call.headers.get("host", "")
        if _name_of(host) not in self._hosts:
            return ProblemError(
                421, f"This server does not answer for the host {host!r}.", "Use its own name."
            )
        origin = call.headers.get("origin")
        if call.scope["type"] == "websocket" and origin and origin.partition("://")[2] != host:
            return ProblemError(
                403, f"A page of {origin!r} may not follow this stream.", "Open our own page."
            )
        if is_loopback(call) or not call.url.path.startswith("/api/"):
            return None
        if not self._token:
            return ProblemError(403, "Without a token only this machine may ask.", "Configure a token.")
        if not carries_token(call.headers, self._token) and not _in_protocols(call.headers, self._token):
            return _unauthorized()
        return None


def is_loopback(call: HTTPConnection) -> bool:
    """Whether the caller is on this machine."""
    if call.client is None:
        return False
    try:
        return ipaddress.ip_address(call.client.host).is_loopback
    except ValueError:
        return False


def carries_token(headers: Headers, token: str) -> bool:
    """Whether ``Authorization: Bearer`` holds the token; a wrong one takes as long as the right one."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def check_may_command(request: Request, token: str) -> None:
    """ProblemError unless the caller may give commands."""
    if token and not carries_token(request.headers, token):
        raise _unauthorized()
    if not token and not is_loopback(request):
        raise ProblemError(403, "Without a token only this machine may give commands.", "Configure a token.")


def _unauthorized() -> ProblemError:
    return ProblemError(
        401,
        "The call carries no valid token.",
        "Send Authorization: Bearer and the token.",
        {"WWW-Authenticate": "Bearer"},
    )


def _in_protocols(headers: Headers, token: str) -> bool:
    """Browsers set no headers on a WebSocket: there the token is the subprotocol ``bearer.<token>``."""
    offered = [one.strip() for one in headers.get("sec-websocket-protocol", "").split(",")]
    return any(hmac.compare_digest(one.encode(), f"bearer.{token}".encode()) for one in offered)


def _name_of(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
