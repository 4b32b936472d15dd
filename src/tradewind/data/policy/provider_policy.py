"""One question to one provider, under all of the policy: cache, budget, timeout, retries, quarantine."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import TypeVar

import msgspec

from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import MalformedPayloadError, RateLimitedError
from tradewind.core.redaction import redact_url
from tradewind.data.policy.answer_cache import AnswerCache
from tradewind.data.policy.answers import Answer, check_answer
from tradewind.data.policy.call_budget import Budget, CallBudget, CallLimit
from tradewind.data.policy.quarantine import Quarantine
from tradewind.data.policy.redaction import Secret, redact_bytes
from tradewind.data.policy.redis_server import RedisServer
from tradewind.data.policy.response_cache import ResponseCache
from tradewind.data.policy.retrying import RetrySettings, with_retries
from tradewind.data.policy.shared_answers import SharedAnswers
from tradewind.data.policy.shared_calls import SharedCalls

T = TypeVar("T")


@dataclass(frozen=True)
class PolicySettings:
    """A provider's free-tier limits and manners; every one is a setting."""

    provider: str
    limits: tuple[CallLimit, ...]
    timeout_s: float = 10.0
    cache_ttl_s: float = 300.0
    retry: RetrySettings = field(default_factory=RetrySettings)
    shared_answers: RedisServer | None = None
    """Where answers are kept for several machines; in a file of this one where it is None."""
    shared_calls: RedisServer | None = None
    """Where calls are counted for several machines, beside the count of this one."""


class ProviderPolicy:
    """Holds one provider to its limits. Safe to use from several threads and processes.

    ``folder`` gets ``limits.sqlite``, ``answers.sqlite`` and ``quarantine/``; clock, sleep and randomness are
    given so that tests need not wait.
    """

    def __init__(
        self,
        settings: PolicySettings,
        folder: Path,
        *,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or WallClock()
        self.sleep = sleep
        self.random = random or Random()
        self._secrets: tuple[Secret, ...] = ()
        here = CallBudget(folder / "limits.sqlite", settings.provider, settings.limits, self.clock)
        self.budget: Budget = (
            here if settings.shared_calls is None else SharedCalls(settings.shared_calls, here, self.clock)
        )
        self.cache: AnswerCache = (
            ResponseCache(folder / "answers.sqlite", settings.provider, self.clock)
            if settings.shared_answers is None
            else SharedAnswers(settings.shared_answers, settings.provider, self.clock)
        )
        self.quarantine = Quarantine(folder / "quarantine", settings.provider, self.clock)

    def keep_secret(self, *secrets: Secret) -> None:
        """Mask these wherever a provider echoes them: in error texts and in quarantined payloads."""
        self._secrets += secrets

    def fetch(
        self,
        what: str,
        send: Callable[[], Answer],
        decode: Callable[[bytes], T],
        *,
        cost: int = 1,
        ttl_s: float | None = None,
    ) -> T:
        """What ``decode`` makes of the answer to ``what``, from the cache where it is fresh.

        Parameters
        ----------
        what
            The address asked for. Keys in it are masked before it is shown or used as a cache key.
        send
            Asks once. It raises NetworkError, or returns whatever came, also an error status.
        decode
            Bytes to value. It raises ``msgspec.DecodeError`` or MalformedPayloadError where the shape is
            wrong, RecursionError where it is nested without end (the payload is then kept aside), or any
            other DataError where the answer says no.
        cost
            What the call weighs at this provider.
        ttl_s
            How old a cached answer may be; the provider's setting where it is None, 0 for never.
        """
        shown = redact_url(what)
        ttl = self.settings.cache_ttl_s if ttl_s is None else ttl_s
        known = self.cache.get(shown, ttl)
        if known is not None:
            return self._read(shown, known, decode)
        body = with_retries(
            lambda: self._ask(shown, send, cost), self.settings.retry, self.sleep, self.random
        )
        value = self._read(shown, body, decode)
        if ttl > 0:
            self.cache.put(shown, body)
        return value

    def _ask(self, shown: str, send: Callable[[], Answer], cost: int) -> bytes:
        self._wait_for_turn(shown, cost)
        answer = send()
        try:
            harmless = replace(answer, body=redact_bytes(answer.body, self._secrets))
            check_answer(harmless, shown, self.clock.now_ns())
        except RateLimitedError as error:
            if error.retry_after_s:
                self.budget.shut(error.retry_after_s)  # for the other processes and after a restart too
            raise
        return answer.body

    def _wait_for_turn(self, shown: str, cost: int) -> None:
        while wait_s := self.budget.take(cost):
            if wait_s > self.settings.retry.longest_s:
                message = f"The limit of {self.settings.provider!r} is used up, so {shown} was not asked for."
                step = f"Try again in {wait_s:.0f} s, or raise the provider's limit where it has more."
                raise RateLimitedError(message, step, retry_after_s=wait_s)
            self.sleep(wait_s)

    def _read(self, shown: str, body: bytes, decode: Callable[[bytes], T]) -> T:
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, MalformedPayloadError, RecursionError) as error:
            self.cache.drop(shown)
            raise self.quarantine.refuse(shown, redact_bytes(body, self._secrets), str(error)) from error
