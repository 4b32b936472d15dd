"""Answers of sources shared between machines on a Redis server: what one has asked, none need ask again.

A cache and nothing more: where the server is away an answer is simply asked for, and the server is left alone
for a while. What is read back is decoded and checked like any answer.
"""

import hashlib

from tradewind.core.clock import Clock
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S
from tradewind.data.policy.optional_redis import OptionalRedis
from tradewind.data.policy.redis_server import RedisServer

_STAMP_BYTES = 8
_LONGEST_KEPT_S = 30 * NS_PER_DAY // NS_PER_S
_MOST_BYTES = 16 << 20
"""A larger answer is not shared."""


class SharedAnswers:
    """Bodies of one provider by what was asked, as :class:`~.response_cache.ResponseCache` keeps them.

    What was asked is an address without its keys, and only its hash is stored.
    """

    def __init__(self, server: RedisServer, provider: str, clock: Clock) -> None:
        self.provider, self.clock = provider, clock
        self.redis = OptionalRedis(server, clock, "Answers are not shared for now")

    def get(self, what: str, ttl_s: float) -> bytes | None:
        """The body, unless it is older than ``ttl_s`` or from a time that has not come yet."""
        if ttl_s <= 0:
            return None
        held = self.redis.ask(lambda client: client.get(self._key(what)), None)
        if not isinstance(held, bytes) or len(held) < _STAMP_BYTES:
            return None
        age_ns = self.clock.now_ns() - int.from_bytes(held[:_STAMP_BYTES], "big", signed=True)
        return held[_STAMP_BYTES:] if 0 <= age_ns < ttl_s * NS_PER_S else None

    def put(self, what: str, body: bytes) -> None:
        """Keep a body under what was asked, for a month at most."""
        if len(body) > _MOST_BYTES:
            return
        stamped = self.clock.now_ns().to_bytes(_STAMP_BYTES, "big", signed=True) + body
        self.redis.ask(lambda client: client.set(self._key(what), stamped, ex=_LONGEST_KEPT_S), None)

    def drop(self, what: str) -> None:
        """Forget an answer."""
        self.redis.ask(lambda client: client.delete(self._key(what)), None)

    def _key(self, what: str) -> str:
        asked = hashlib.sha256(f"{self.provider}\n{what}".encode()).hexdigest()
        return f"{self.redis.server.namespace}:answers:{self.provider}:{asked}"
