"""The bearer token: how good it must be, and how one that is given is held against it."""

import hmac
import re

from starlette.datastructures import Headers

from tradewind.core.errors import ConfigError

SHORTEST = 16
_FEWEST_CHARACTERS = 8
MAKE_ONE = 'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'


def check_token(token: str) -> None:
    """ConfigError where a token could be guessed, or could not be sent by a browser; no token is fine."""
    if not token:
        return
    if len(token) < SHORTEST:
        message = f"A token of {len(token)} characters can be guessed; {SHORTEST} are the least."
        raise ConfigError(message, MAKE_ONE)
    if len(set(token)) < _FEWEST_CHARACTERS:
        message = f"A token of {len(set(token))} different characters can be guessed."
        raise ConfigError(message, MAKE_ONE)
    # A browser sends it as a WebSocket subprotocol, which takes the characters of an HTTP token alone.
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", token):
        raise ConfigError("The token holds characters that a browser cannot send.", MAKE_ONE)


def given_token(headers: Headers) -> str | None:
    """The token that a call carries, None where it carries none.

    It stands in ``Authorization: Bearer``. Browsers set no headers on a WebSocket: there it is the
    subprotocol ``bearer.<token>``.
    """
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme:
        return given.strip() if scheme.lower() == "bearer" else ""
    for offered in headers.get("sec-websocket-protocol", "").split(","):
        prefix, dot, token = offered.strip().partition(".")
        if dot and prefix == "bearer":
            return token
    return None


def same_token(given: str, token: str) -> bool:
    """Whether both are the same; a wrong one takes as long as the right one."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())
