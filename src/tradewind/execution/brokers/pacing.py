"""A venue that says *too many requests* is left alone for as long as it says."""

import time
from collections.abc import Mapping

from tradewind.core.errors import BrokerError

USUAL_WAIT_S = 1.0
"""Where the answer names no time."""


class Pace:
    """When the venue may be asked again.

    Parameters
    ----------
    patience_s
        The longest that one call waits; a venue that wants more is not asked, and the call fails.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._free_s = 0.0

    def wait(self) -> None:
        """Sleep until the venue may be asked; BrokerError where that is longer than the patience."""
        left_s = self._free_s - time.monotonic()
        if left_s > self._patience_s:
            message = f"The broker wants no request for another {left_s:.0f} s."
            raise BrokerError(message, "It will be asked again later; ask less often.")
        if left_s > 0.0:
            time.sleep(left_s)

    def told(self, headers: Mapping[str, str]) -> None:
        """The venue said that it is asked too often, with ``Retry-After`` in its headers or without."""
        self._free_s = max(self._free_s, time.monotonic() + retry_after_s(headers))


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds that ``Retry-After`` or Alpaca's ``X-RateLimit-Reset`` (Unix seconds) ask to wait."""
    given = {name.lower(): value for name, value in headers.items()}
    plain = given.get("retry-after", "")
    if plain.replace(".", "", 1).isdigit():
        return float(plain)
    reset = given.get("x-ratelimit-reset", "")
    if reset.isdigit():
        return max(float(reset) - time.time(), 0.0)
    return USUAL_WAIT_S
