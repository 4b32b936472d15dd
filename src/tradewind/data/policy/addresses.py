"""Which addresses may be asked: encrypted ones, and unencrypted ones on this machine alone."""

from ipaddress import ip_address

from tradewind.core.addresses import split_address
from tradewind.core.errors import ConfigError
from tradewind.core.redaction import redact_url

_ENCRYPTED = ("https", "wss")
_PLAIN = ("http", "ws")


def check_address(url: str) -> str:
    """``url`` without a closing slash.

    Raises
    ------
    ConfigError
        It is neither ``https``/``wss`` nor ``http``/``ws`` on loopback, or names no host.
    """
    parts = split_address(url)
    plain_here = parts.scheme in _PLAIN and is_loopback(url)
    if not parts.hostname or not (parts.scheme in _ENCRYPTED or plain_here):
        message = f"The address {redact_url(url)!r} is not encrypted."
        raise ConfigError(message, "Use https:// or wss://; http:// and ws:// are for 127.0.0.1 alone.")
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether the host is this machine; ``localhost`` is taken by its name, nothing is looked up."""
    host = split_address(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
