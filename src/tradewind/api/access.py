"""Who may talk to the API, judged before a byte of the body is read.

* Only calls in our own name, from our own page or from no page at all (see ``origins``).
* Without a token only this machine may use the API, and not through a proxy, to which everybody is local.
* With a token every call of the API carries it, wherever it comes from; too many wrong ones are held up.
* The page itself holds nothing and asks for the token.

Paths are judged as the router sees them, by ``scope["path"]``.
"""

import ipaddress
import time
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tradewind.api.failed_logins import FailedLogins
from tradewind.api.origins import refuse_foreign
from tradewind.api.problems import ProblemError, send_problem
from tradewind.api.security_headers import with_security_headers
from tradewind.api.tokens import given_token, same_token
from tradewind.core.callers import LOOPBACK_NAMES

_PROXIED = ("forwarded", "x-forwarded-for", "via", "x-real-ip")


class Access:
    """Middleware around the whole app.

    Parameters
    ----------
    token
        Bearer token; empty where none is configured.
    hosts
        Names under which we are served besides loopback and the address that was called.
    """

    def __init__(
        self, app: ASGIApp, token: str, hosts: Iterable[str], failed: FailedLogins | None = None
    ) -> None:
        self._app = app
        self._token = token
        self._hosts = {*LOOPBACK_NAMES, *(host.lower() for host in hosts)}
        self._failed = failed if failed is not None else FailedLogins(time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; refuse the rest with a problem."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = refuse_foreign(scope, headers, self._hosts)
        if refused is None and scope["path"].startswith("/api/"):
            refused = self._refuse_stranger(scope, headers)
        if refused is None:
            await self._app(scope, receive, with_security_headers(send))
        else:
            await send_problem(refused, scope, receive, with_security_headers(send))

    def _refuse_stranger(self, scope: Scope, headers: Headers) -> ProblemError | None:
        address = scope["client"][0] if scope.get("client") else ""
        if not self._token:
            if _is_loopback(address) and not any(name in headers for name in _PROXIED):
                return None
            message = "Without a token only this machine may ask, and not through a proxy."
            return ProblemError(403, message, "Configure a token.")
        given = given_token(headers)
        if given is None:
            return _unauthorized()
        if wait_s := self._failed.wait_s(address):
            message = "Too many calls carried a wrong token."
            return ProblemError(429, message, f"Wait {wait_s} s.", {"Retry-After": str(wait_s)})
        if not same_token(given, self._token):
            self._failed.wrong(address)
            return _unauthorized()
        self._failed.right(address)
        return None


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _unauthorized() -> ProblemError:
    return ProblemError(
        401,
        "The call carries no valid token.",
        "Send Authorization: Bearer and the token.",
        {"WWW-Authenticate": "Bearer"},
    )
