"""Whose calls we answer: the name we were called by, and the page that calls.

A page of another site cannot reach us by pointing its own name at this machine (``Host``), nor by having a
browser that also knows us send the call (``Origin``, ``Sec-Fetch-Site``): no read, no command, no stream.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import Scope

from tradewind.api.problems import ProblemError
from tradewind.core.callers import answers_for, foreign_page, host_name
from tradewind.core.errors import ConfigError


def check_hosts(hosts: Collection[str]) -> None:
    """ConfigError for a name that no ``Host`` header can hold."""
    for name in hosts:
        if host_name(f"[{name}]" if ":" in name else name) is None:
            message = f"{name!r} is no name of a host."
            raise ConfigError(message, "Give a name or an address without port and scheme.")


def refuse_foreign(scope: Scope, headers: Headers, hosts: Collection[str]) -> ProblemError | None:
    """Why the call is not answered for where it comes from or what it calls us; None when it may go on."""
    host, server = headers.get("host", ""), scope.get("server")
    if not answers_for(host, hosts, server[0] if server else ""):
        message = f"This server does not answer for the host {host[:100]!r}."
        return ProblemError(421, message, "Use its own name, or allow this one with --allowed-host.")
    if page := foreign_page(host, headers.get("origin"), "none"):
        return ProblemError(403, f"A page of {page!r} may not call this server.", "Open our own page.")
    site = foreign_page(host, None, headers.get("sec-fetch-site", "none"))
    if site and not _opens_the_page(scope, headers):
        return ProblemError(403, f"A {site.lower()} page may not call this server.", "Open our own page.")
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
