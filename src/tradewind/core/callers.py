"""Whose calls a server on this machine answers: the name it was called by, and the page that calls.

A page of another site cannot reach it by pointing its own name at this machine (``Host``), nor by having a
browser that also knows the server send the call (``Origin``, ``Sec-Fetch-Site``).
"""

import ipaddress
import re
from collections.abc import Collection

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?", re.IGNORECASE)


def host_name(host: str) -> str | None:
    """The name of a ``Host`` header, without its port, in small letters; None where it is none."""
    found = _HOST.fullmatch(host)
    return None if found is None else (found[1] or found[2]).lower()


def answers_for(host: str, names: Collection[str], called: str) -> bool:
    """Whether a server of these names, called at the address ``called``, answers for a ``Host`` header.

    It does for the very address that the call came in on: a number cannot be pointed elsewhere.
    """
    name = host_name(host)
    if name is None:
        return False
    return name in names or ((asked := _address(name)) is not None and asked == _address(called))


def foreign_page(host: str, origin: str | None, site: str) -> str:
    """The page of elsewhere that a browser says calls (its ``Origin``, or the word of ``Sec-Fetch-Site``)."""
    if origin is not None and origin.partition("://")[2].lower() != host.lower():
        return origin[:100]
    return site[:20] if site.lower() not in ("none", "same-origin") else ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found
