"""Another try, later and not in step with others: exponential waits with full jitter.

Source: M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015). A wait that the provider
names itself (``Retry-After``) is kept to the second and jitter only added to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

import tenacity

from tradewind.core.errors import NetworkError, RateLimitedError

T = TypeVar("T")


@dataclass(frozen=True)
class RetrySettings:
    """``attempts`` in all; waits grow from ``first_s`` to ``cap_s``; no wait is longer than ``longest_s``."""

    attempts: int = 4
    first_s: float = 0.5
    cap_s: float = 20.0
    longest_s: float = 90.0


def with_retries(
    call: Callable[[], T], settings: RetrySettings, sleep: Callable[[float], None], random: Random
) -> T:
    """What ``call`` gives; its last error when the tries are used up or another try makes no sense.

    Only NetworkError and RateLimitedError are worth one, the latter unless the wait is over ``longest_s``.
    """

    def worth(error: BaseException) -> bool:
        if isinstance(error, RateLimitedError):
            return (error.retry_after_s or 0.0) <= settings.longest_s
        return isinstance(error, NetworkError)

    def wait_s(state: tenacity.RetryCallState) -> float:
        ceiling = min(settings.cap_s, settings.first_s * 2.0 ** (state.attempt_number - 1))
        jitter = random.uniform(0.0, ceiling)
        error = state.outcome.exception() if state.outcome else None
        said = error.retry_after_s if isinstance(error, RateLimitedError) else None
        return jitter if said is None else said + jitter

    tries = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(settings.attempts),
        wait=wait_s,
        retry=tenacity.retry_if_exception(worth),
        sleep=sleep,
        reraise=True,
    )
    return tries(call)
