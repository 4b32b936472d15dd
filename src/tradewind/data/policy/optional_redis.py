"""A Redis server that one does without while it is away: it is left alone for a while, and that is said."""

import logging
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

from tradewind.core.clock import Clock
from tradewind.core.timestamps import NS_PER_S
from tradewind.data.policy.redis_server import RedisServer, require_library, typed_redis_error

T = TypeVar("T")

_log = logging.getLogger(__name__)
_OFF_NS = 30 * NS_PER_S
"""How long a server that failed is left alone, so that a dead one does not make each call late."""


class OptionalRedis:
    """Commands to a server, with something else to fall back on.

    The first fault is logged as a warning that begins with ``without`` (what is done instead), and so is each
    first one after the server was there again.
    """

    def __init__(self, server: RedisServer, clock: Clock, without: str) -> None:
        require_library()
        self.server, self.clock, self.without = server, clock, without
        self.faults = 0
        self._off_until_ns, self._said = 0, False

    def ask(self, command: Callable[[Any], T], otherwise: T) -> T:
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
                _log.warning("%s: %s", self.without, typed_redis_error(error, self.server))
            self._said = True
            return otherwise
        self._said = False
        return found
