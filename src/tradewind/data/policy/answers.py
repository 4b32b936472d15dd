"""An answer of a provider before anyone reads it, and what its status means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from tradewind.core.errors import (
    DataError,
    MissingKeyError,
    NetworkError,
    NoDataError,
    RateLimitedError,
    UnknownSymbolError,
)
from tradewind.core.timestamps import NS_PER_S, to_ns

_EXCERPT = 200
_LONGEST_WAIT_S = 366 * 86_400.0
"""More is no answer that anybody could mean."""


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body as they came."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def check_answer(answer: Answer, what: str, now_ns: int) -> None:
    """Nothing for a status under 300; else the typed error that it stands for.

    ===================== =======================================================================
    401, 403              MissingKeyError: the key is absent, wrong or not entitled
    404                   UnknownSymbolError
    408, 5xx              NetworkError, worth another try
    418, 429              RateLimitedError with the provider's own ``Retry-After``
    3xx                   NetworkError: redirects are not followed, they could lead off https
    others (400, 451 ...) NoDataError with the provider's words
    ===================== =======================================================================
    """
    status = answer.status
    if status < 300:
        return
    said = answer.body[:_EXCERPT].decode("utf-8", "replace").strip()
    message = f"{what} was answered with {status}: {said}"
    if status in (418, 429):
        raise RateLimitedError(
            message,
            "Wait, or lower the provider's limits.",
            retry_after_s=wait_said_s(answer.headers, now_ns),
        )
    if status in (401, 403):
        raise MissingKeyError(message, "Check the provider's key and what it is entitled to.")
    if status == 404:
        raise UnknownSymbolError(message, "Check the symbol's spelling at this provider.")
    kind: type[DataError] = NetworkError if status in (408,) or status >= 500 or status < 400 else NoDataError
    raise kind(message, "Try again later." if kind is NetworkError else "Ask for something else.")


def wait_said_s(headers: Mapping[str, str], now_ns: int) -> float | None:
    """Seconds that an answer asks to wait for, or None.

    ``Retry-After`` goes first; X says ``x-rate-limit-reset`` (seconds since 1970), Reddit
    ``x-ratelimit-reset`` (seconds from now).
    """
    said_s = retry_after_s(headers.get("retry-after", ""), now_ns)
    moment, left = headers.get("x-rate-limit-reset", ""), headers.get("x-ratelimit-reset", "")
    if said_s is None and moment.isdecimal():
        said_s = max(0.0, float(moment) - now_ns / NS_PER_S)
    if said_s is None and left.isdecimal():
        said_s = float(left)
    return None if said_s is None else min(said_s, _LONGEST_WAIT_S)


def retry_after_s(header: str, now_ns: int) -> float | None:
    """Seconds that ``Retry-After`` asks for, from either of its forms (RFC 9110 section 10.2.3), or None."""
    text = header.strip()
    if not text:
        return None
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (to_ns(moment) - now_ns) / NS_PER_S)
