"""Keys are kept out of logs, messages, cache keys and quarantined files."""

import logging
import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tradewind.core.errors import MissingKeyError

MASK = "***"
_SECRET_NAMES = frozenset(
    {
        "access_token",
        "api-key",
        "api_key",
        "api_token",
        "apikey",
        "auth",
        "client_secret",
        "crumb",
        "key",
        "password",
        "secret",
        "signature",
        "token",
    }
)
_URL = re.compile(r"(?:https?|wss?)://[^\s\"'<>]+")


class Secret:
    """A key that shows as ``***`` wherever it is printed; :meth:`reveal` is called where it is sent."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)


def require_key(provider: str, setting: str, key: Secret | None) -> Secret:
    """``key`` itself; MissingKeyError that names the setting where it is absent or empty."""
    if not key:
        message = f"The provider {provider!r} wants a key and {setting} is not set."
        raise MissingKeyError(message, f"Set {setting}, or take {provider} out of the list of providers.")
    return key


def redact_url(url: str) -> str:
    """``url`` with the values of secret query fields, and what comes before ``@``, masked."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")
    netloc = f"{MASK}@{host[2]}" if host[1] else parts.netloc
    fields = parse_qsl(parts.query, keep_blank_values=True)
    if not any(name.lower() in _SECRET_NAMES for name, _ in fields):
        return urlunsplit((parts.scheme, netloc, parts.path, parts.query, parts.fragment))
    shown = [(name, MASK if name.lower() in _SECRET_NAMES else value) for name, value in fields]
    query = urlencode(shown, safe="*")
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def redact(text: str, secrets: tuple[Secret, ...] = ()) -> str:
    """``text`` with every address redacted and every known key masked wherever it stands."""
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), MASK)
    return _URL.sub(lambda match: redact_url(match[0]), text)


def redact_bytes(body: bytes, secrets: tuple[Secret, ...]) -> bytes:
    """``body`` with every known key masked."""
    for secret in secrets:
        if secret:
            body = body.replace(secret.reveal().encode(), MASK.encode())
    return body


class RedactRecords(logging.Filter):
    """Rewrites a log record before any handler sees it; for client libraries that log whole addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the finished message; the record is always let through."""
        record.msg, record.args = redact(record.getMessage()), None
        return True


def redact_library_logs(*names: str) -> None:
    """Put the filter on these loggers, once."""
    for name in names:
        logger = logging.getLogger(name)
        if not any(isinstance(known, RedactRecords) for known in logger.filters):
            logger.addFilter(RedactRecords())
