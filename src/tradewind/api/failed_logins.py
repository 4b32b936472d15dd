"""Wrong tokens: how many are let through in a while, from one address and from all of them.

Each address may be wrong some times at once and then once every few seconds; all together likewise. Who has
sent the right token before is not held up by the mistakes of others. A call that carries no token is no guess
and counts for nothing.
"""

import ipaddress
import logging
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_log = logging.getLogger(__name__)
_ADDRESSES_KEPT = 1_000


@dataclass
class _Bucket:
    left: float
    at_s: float


class FailedLogins:
    """Counts wrong tokens.

    Parameters
    ----------
    now_s
        Seconds that never go back.
    each, all_together
        Wrong tokens at once, from one address and from all.
    each_every_s, all_every_s
        Seconds after which one more is allowed.
    """

    def __init__(
        self,
        now_s: Callable[[], float],
        *,
        each: int = 10,
        each_every_s: float = 3.0,
        all_together: int = 100,
        all_every_s: float = 0.5,
    ) -> None:
        self._now_s = now_s
        self._each, self._each_every_s = each, each_every_s
        self._all_together, self._all_every_s = all_together, all_every_s
        self._of: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = _Bucket(all_together, now_s())
        self._known: OrderedDict[str, None] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Seconds until a token from this address is looked at again, 0 for now."""
        peer = _network(address)
        waits = [0.0]
        if (bucket := self._of.get(peer)) is not None:
            waits.append(self._wait(bucket, self._each, self._each_every_s))
        if peer not in self._known:
            waits.append(self._wait(self._all, self._all_together, self._all_every_s))
        return math.ceil(max(waits))

    def wrong(self, address: str) -> None:
        """A wrong token came from there."""
        peer = _network(address)
        bucket = self._of.setdefault(peer, _Bucket(self._each, self._now_s()))
        self._of.move_to_end(peer)
        if len(self._of) > _ADDRESSES_KEPT:
            self._of.popitem(last=False)
        bucket.left -= 1
        self._all.left -= 1
        held = "" if self.wait_s(address) == 0 else " It is held up from now on."
        _log.warning("A call from %s carried a wrong token.%s", address or "nowhere", held)

    def right(self, address: str) -> None:
        """The right token came from there."""
        peer = _network(address)
        self._known[peer] = None
        self._known.move_to_end(peer)
        if len(self._known) > _ADDRESSES_KEPT:
            self._known.popitem(last=False)

    def _wait(self, bucket: _Bucket, most: int, every_s: float) -> float:
        now_s = self._now_s()
        bucket.left = min(most, bucket.left + (now_s - bucket.at_s) / every_s)
        bucket.at_s = now_s
        return max(0.0, (1.0 - bucket.left) * every_s)


def _network(address: str) -> str:
    """Whoever has an IPv6 address has 2**64 of them: those count as one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)
