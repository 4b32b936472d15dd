"""Keys are kept out of logs, messages, cache keys and quarantined files."""

import logging

from tradewind.core.errors import MissingKeyError
from tradewind.core.redaction import MASK, redact_addresses


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
        raise MissingKeyError(message, f"Set {setting}, or leave {provider} out of what is asked.")
    return key


def redact(text: str, secrets: tuple[Secret, ...] = ()) -> str:
    """``text`` with every address redacted and every known key masked wherever it stands."""
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), MASK)
    return redact_addresses(text)


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
