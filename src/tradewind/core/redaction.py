"""Keys and passwords are masked wherever a value or an address is shown."""

import os
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MASK = "***"
_SECRET_NAMES = frozenset(
    {
        "access_token",
        "api-key",
        "api_key",
        "api_token",
        "apikey",
        "auth",
        "authorization",
        "client_secret",
        "crumb",
        "key",
        "password",
        "secret",
        "signature",
        "token",
    }
)
_ENDINGS = ("_key", "_token", "_secret", "_password", "apikey")
_CURSORS = frozenset(
    {"continuation_token", "next_page_token", "next_token", "page_token", "pagination_token"}
)
"""Where a source goes on, not who asks: pages would be one and the same without them."""
_SHORTEST = 6
"""A shorter value of a variable may stand in any text by chance."""
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether what goes by this name is kept to oneself: ``api_key``, ``BROKER_TOKEN``, ``password``."""
    lowered = name.lower()
    if lowered in _CURSORS:
        return False
    return lowered in _SECRET_NAMES or lowered.endswith(_ENDINGS)


def redact_url(url: str) -> str:
    """``url`` with the values of secret query fields, and what comes before ``@``, masked."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")
    netloc = f"{MASK}@{host[2]}" if host[1] else parts.netloc
    fields = parse_qsl(parts.query, keep_blank_values=True)
    if not any(is_secret(name) for name, _ in fields):
        return urlunsplit((parts.scheme, netloc, parts.path, parts.query, parts.fragment))
    shown = [(name, MASK if is_secret(name) else value) for name, value in fields]
    query = urlencode(shown, safe="*")
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def redact_addresses(text: str) -> str:
    """``text`` with every address in it redacted."""
    return _URL.sub(lambda match: _redacted(match[0]), text) if "://" in text else text


def redact_value(value: object) -> object:
    """A plain value with what stands under secret names, and secrets of addresses, masked."""
    if isinstance(value, str):
        return redact_addresses(value)
    if isinstance(value, Mapping):
        return {
            key: MASK if isinstance(key, str) and is_secret(key) else redact_value(one)
            for key, one in value.items()
        }
    return [redact_value(one) for one in value] if isinstance(value, list) else value


def redact_message(text: str, variables: Mapping[str, str] | None = None) -> str:
    """``text`` with addresses redacted and the values of secret variables of the environment masked."""
    known = os.environ if variables is None else variables
    for name, value in known.items():
        if is_secret(name) and len(value) >= _SHORTEST:
            # Names that people write are shown in capitals: so is a secret that was given as one.
            text = re.sub(re.escape(value), MASK, text, flags=re.IGNORECASE)
    return redact_addresses(text)


def _redacted(url: str) -> str:
    try:
        return redact_url(url)
    except ValueError:  # no address after all, such as one with an open bracket
        return url.partition("://")[0] + "://" + MASK
