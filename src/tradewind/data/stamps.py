"""Times as providers send them: the unit is told by their size, and what can be none is refused by name.

Binance's spot dumps have counted in microseconds since 2025, its API does so on request, and everything
before was in milliseconds. A stamp of the years 2001 to 2286 has 10 digits in seconds, 13 in milliseconds,
16 in microseconds and 19 in nanoseconds, so no stamp can be taken for one of another unit.
"""

from collections.abc import Collection

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.timestamps import NS_PER_S

UNITS = {"s": NS_PER_S, "ms": 1_000_000, "us": 1_000, "ns": 1}
"""Nanoseconds of one step."""

_FIRST_S, _END_S = 10**9, 10**10
_MOST = 2**63 - 1


def unit_of(stamp: int) -> str:
    """``s``, ``ms``, ``us`` or ``ns``; MalformedPayloadError for what is a time in none of them."""
    for unit, step_ns in UNITS.items():
        steps = NS_PER_S // step_ns
        if _FIRST_S * steps <= stamp < min(_END_S * steps, _MOST):
            return unit
    message = f"{stamp} is no time of the years 2001 to 2286, in s, ms, us or ns."
    raise MalformedPayloadError(message, "Compare it with the provider's description of its times.")


def step_ns_of(stamps: Collection[int]) -> int:
    """Nanoseconds of one step of all these stamps, at least one.

    Raises
    ------
    MalformedPayloadError
        One is a time in no unit, or some are in one unit and some in another.
    """
    low, high = min(stamps), max(stamps)
    unit, other = unit_of(low), unit_of(high)
    if unit != other:
        message = f"The times are mixed: {low} is in {unit}, {high} in {other}."
        raise MalformedPayloadError(message, "Ask again; one answer has one unit.")
    return UNITS[unit]


def span_ns(first: int, last: int) -> tuple[int, int]:
    """Start and end, in UTC ns, of a bar whose ``last`` step is still inside; both are in one unit."""
    step_ns = step_ns_of((first, last))
    return first * step_ns, (last + 1) * step_ns
