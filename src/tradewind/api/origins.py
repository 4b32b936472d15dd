"""Whose calls we answer: the name we were called by, and the page that calls.

A page of another site cannot reach us by pointing its own name at this machine (``Host``), nor by having a
browser that also knows us send the call (``Origin``, ``Sec-Fetch-Site``): no read, no command, no stream.
"""

import ipaddress
import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import Scope

from tradewind.api.problems import ProblemError
from tradewind.core.errors import ConfigError

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?", re.IGNORECASE)


def check_hosts(hosts: Collection[str]) -> None:
    """ConfigError for a name that no ``Host`` header can hold."""
    for name in hosts:
        found = _HOST.fullmatch(f"[{name}]" if ":" in name else name)
        if found is None:
            message = f"{name!r} is no name of a host."
            raise ConfigError(message, "Give a name or an address without port and scheme.")


def refuse_foreign(scope: Scope, headers: Headers, hosts: Collection[str]) -> ProblemError | None:
    """Why the call is not answered for where it comes from or what it calls us; None when it may go on."""
    host = headers.get("host", "")
    name = _name_of(host)
    if name is None or not (name in hosts or _is_ours(name, scope)):
        message = f"This server does not answer for the host {host[:100]!r}."
        return ProblemError(421, message, "Use its own name, or allow this one with --allowed-host.")
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2].lower() != host.lower():
        message = f"A page of {origin[:100]!r} may not call this server."
        return ProblemError(403, message, "Open our own page.")
    site = headers.get("sec-fetch-site", "none").lower()
    if site not in ("none", "same-origin") and not _opens_the_page(scope, headers):
        return ProblemError(403, f"A {site[:20]} page may not call this server.", "Open our own page.")
    return None


def _opens_the_page(scope: Scope, headers: Headers) -> bool:
    """Following a link to our page is harmless: whoever set it learns nothing of the answer."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"] == "/"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _name_of(host: str) -> str | None:
    found = _HOST.fullmatch(host)
    return None if found is None else (found[1] or found[2]).lower()


def _is_ours(name: str, scope: Scope) -> bool:
    """Whether it is the very address that the call came in on: a number cannot be pointed elsewhere."""
    server = scope.get("server")
    return server is not None and (called := _address(name)) is not None and called == _address(server[0])


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found
