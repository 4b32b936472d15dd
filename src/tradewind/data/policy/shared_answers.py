"""Answers of sources shared between machines on a Redis server: what one has asked, none need ask again.

A cache and nothing more: where the server is away an answer is simply asked for, and the server is left alone
for a while. What is read back is decoded and checked like any answer.
"""

import hashlib
import logging
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

from tradewind.core.clock import Clock
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S
from tradewind.data.policy.redis_server import RedisServer, require_library, typed_redis_error

T = TypeVar("T")

_log = logging.getLogger(__name__)
_STAMP_BYTES = 8
_LONGEST_KEPT_S = 30 * NS_PER_DAY // NS_PER_S
_MOST_BYTES = 16 << 20
"""A larger answer is not shared."""
_OFF_NS = 30 * NS_PER_S
"""How long a server that failed is left alone, so that a dead one does not make each call late."""


class SharedAnswers:
    """Bodies of one provider by what was asked, as :class:`~.response_cache.ResponseCache` keeps them.

    What was asked is an address without its keys, and only its hash is stored. The first fault is logged as a
    warning, and each first one after the server was there again.
    """

    def __init__(self, server: RedisServer, provider: str, clock: Clock) -> None:
        require_library()
        self.server, self.provider, self.clock = server, provider, clock
        self.faults = 0
        self._off_until_ns, self._said = 0, False

    def get(self, what: str, ttl_s: float) -> bytes | None:
        """The body, unless it is older than ``ttl_s`` or from a time that has not come yet."""
        if ttl_s <= 0:
            return None
        held = self._ask(lambda client: client.get(self._key(what)), None)
        if not isinstance(held, bytes) or len(held) < _STAMP_BYTES:
            return None
        age_ns = self.clock.now_ns() - int.from_bytes(held[:_STAMP_BYTES], "big", signed=True)
        return held[_STAMP_BYTES:] if 0 <= age_ns < ttl_s * NS_PER_S else None

    def put(self, what: str, body: bytes) -> None:
        """Keep a body under what was asked, for a month at most."""
        if len(body) > _MOST_BYTES:
            return
        stamped = self.clock.now_ns().to_bytes(_STAMP_BYTES, "big", signed=True) + body
        self._ask(lambda client: client.set(self._key(what), stamped, ex=_LONGEST_KEPT_S), None)

    def drop(self, what: str) -> None:
        """Forget an answer."""
        self._ask(lambda client: client.delete(self._key(what)), None)

    def _ask(self, command: Callable[[Any], T], otherwise: T) -> T:
        """What the server answers; ``otherwise`` where it is away, or was a moment ago."""
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError
        from redis.retry import Retry

        if self.clock.now_ns() < self._off_until_ns:
            return otherwise
        retry = Retry(NoBackoff(), 0)
        try:
            with closing(
                Redis.from_url(self.server.url, retry=retry, **self.server.client_arguments())
            ) as client:
                found = command(client)
        except (RedisError, OSError) as error:
            self.faults += 1
            self._off_until_ns = self.clock.now_ns() + _OFF_NS
            if not self._said:
                _log.warning("Answers are not shared for now: %s", typed_redis_error(error, self.server))
            self._said = True
            return otherwise
        self._said = False
        return found

    def _key(self, what: str) -> str:
        asked = hashlib.sha256(f"{self.provider}\n{what}".encode()).hexdigest()
        return f"{self.server.namespace}:answers:{self.provider}:{asked}"
