"""Addresses as people write them, taken apart or refused."""

from urllib.parse import SplitResult, urlsplit

from tradewind.core.errors import ConfigError
from tradewind.core.redaction import redact_addresses


def split_address(url: str) -> SplitResult:
    """The parts of an address, whose port is a number; ConfigError where it cannot be read as one."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        message = f"The address {redact_addresses(url)!r} cannot be read: {error}."
        raise ConfigError(message, "Write SCHEME://HOST:PORT.") from error
    return parts
