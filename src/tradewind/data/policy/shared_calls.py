"""Calls of one provider counted on a Redis server, so that several machines keep to one limit together."""

import math
from typing import Any, Final
from uuid import uuid4

from tradewind.core.clock import Clock
from tradewind.data.policy.call_budget import CallBudget
from tradewind.data.policy.optional_redis import OptionalRedis
from tradewind.data.policy.redis_server import RedisServer

_US_PER_S = 1_000_000

# One step for all machines, by the server's own clock. A call is a member "unique:cost" with its moment; what
# lies ahead (the server's clock was set back) counts as taken now, or it would lock tokens up.
_TAKE: Final = """
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
local wait = math.max(redis.call('PTTL', KEYS[2]), 0) * 1000
local cost, longest = tonumber(ARGV[1]), 0
for nth = 3, #ARGV, 2 do longest = math.max(longest, tonumber(ARGV[nth + 1])) end
local text = function(us) return string.format('%.0f', us) end
for _, ahead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. text(now), '+inf')) do
  redis.call('ZADD', KEYS[1], text(now), ahead)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now - longest))
local held = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local weight = function(nth) return tonumber(string.match(held[nth], ':(%d+)$')) end
for nth = 3, #ARGV, 2 do
  local span = tonumber(ARGV[nth + 1])
  local missing = cost - tonumber(ARGV[nth])
  for at = 1, #held, 2 do
    if tonumber(held[at + 1]) > now - span then missing = missing + weight(at) end
  end
  for at = 1, #held, 2 do
    if missing <= 0 then break end
    local since = tonumber(held[at + 1])
    if since > now - span then
      missing = missing - weight(at)
      wait = math.max(wait, since + span - now)
    end
  end
end
if wait <= 0 and longest > 0 then
  redis.call('ZADD', KEYS[1], text(now), ARGV[2] .. ':' .. ARGV[1])
  redis.call('PEXPIRE', KEYS[1], text(longest / 1000 + 1000))
end
return text(wait)
"""

_SHUT: Final = """
if tonumber(ARGV[1]) > redis.call('PTTL', KEYS[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 1
"""


class SharedCalls:
    """The limits of one provider, kept by all machines whose namespace on the server is one.

    This machine's own count (``here``) holds as well: it goes on alone while the server is away, and a server
    that lost what it knew gives this machine nothing back. So a limit is passed only by machines that cannot
    see each other, and then the provider's own word (429) shuts it.
    """

    def __init__(self, server: RedisServer, here: CallBudget, clock: Clock) -> None:
        self.here = here
        self.redis = OptionalRedis(server, clock, "Calls are counted on this machine alone for now")

    def take(self, cost: int = 1) -> float:
        """As :meth:`~.call_budget.CallBudget.take`: what both counts allow."""
        wait_s = self.here.take(cost)
        if wait_s:
            return wait_s
        spans = [(limit.calls, math.ceil(limit.per_s * _US_PER_S)) for limit in self.here.limits]
        said = [str(cost), uuid4().hex, *(str(number) for pair in spans for number in pair)]
        wait_us = self.redis.ask(lambda client: _number(client.eval(_TAKE, 2, *self._keys(), *said)), 0)
        if wait_us > 0:
            self.here.give_back(cost)
        return wait_us / _US_PER_S

    def shut(self, seconds: float) -> None:
        """As :meth:`~.call_budget.CallBudget.shut`, for every machine."""
        self.here.shut(seconds)
        for_ms = str(math.ceil(seconds * 1000))
        self.redis.ask(lambda client: client.eval(_SHUT, 1, self._keys()[1], for_ms), None)

    def _keys(self) -> tuple[str, str]:
        begins = f"{self.redis.server.namespace}:calls:{self.here.provider}"
        return f"{begins}:taken", f"{begins}:shut"


def _number(said: Any) -> int:
    return int(said)
