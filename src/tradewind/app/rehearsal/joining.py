"""A session of ours joins a rehearsal: it trades at the local venue, and lives in the venue's time.

The venue plays recorded prices, so its time is another, and mostly a faster one. All that this process does
by the clock follows it: bars that are late, orders without an answer, days that end.
"""

import json
import threading
import time
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from tradewind.app.environment import Option
from tradewind.core.clock import live_in
from tradewind.core.errors import BrokerError, ConfigError
from tradewind.core.timestamps import parse_ns
from tradewind.data.policy.addresses import is_loopback
from tradewind.execution.venue_server.access import KEY, SECRET

EVERY_S = 0.1
_ACCOUNT_STREAMS = {"alpaca": "/stream"}
"""Where an account's own stream is, below the address of all streams."""
_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Joined:
    """A rehearsal, and what of a configuration is its own."""

    url: str
    protocol: str
    key: str = KEY
    secret: str = SECRET

    @property
    def stream_url(self) -> str:
        """Where its streams are."""
        parts = urlsplit(self.url)
        return urlunsplit(("wss" if parts.scheme == "https" else "ws", parts.netloc, parts.path, "", ""))

    def options(self) -> list[Option]:
        """Settings that a session takes from the rehearsal."""
        told = {
            ("session", "live", "stream"): self.protocol,
            ("session", "live", "url"): self.stream_url,
            ("session", "live", "rest_url"): self.url,
            ("session", "broker", "name"): self.protocol,
            ("session", "broker", "account"): "paper",
            ("session", "broker", "rest_url"): self.url,
            ("session", "broker", "stream_url"): self.stream_url + _ACCOUNT_STREAMS.get(self.protocol, ""),
        }
        return [Option("--rehearsal", at, value) for at, value in told.items()]


def join(url: str) -> Joined:
    """Join the rehearsal at ``url``: from now on this process lives in its time.

    Raises
    ------
    ConfigError
        It is not an address of this machine.
    BrokerError
        No rehearsal answers there.
    """
    url = url.rstrip("/")
    if urlsplit(url).scheme != "http" or not is_loopback(url):
        message = f"{url!r} is no address of a rehearsal on this machine."
        raise ConfigError(message, "Start `tradewind venue`, and give the address that it says.")
    first = _ask(url)
    following = VenueTime(url, first)
    live_in(following.now_ns)
    return Joined(url, str(first["protocol"]))


class VenueTime:
    """The rehearsal's time, asked for ten times a second and reckoned on in between; it never goes back."""

    def __init__(self, url: str, first: dict[str, object]) -> None:
        self._url = url
        self._last_ns = 0
        self._lock = threading.Lock()
        self._take(first)
        threading.Thread(target=self._follow, name="rehearsal-time", daemon=True).start()

    def now_ns(self) -> int:
        """UTC nanoseconds of the rehearsal."""
        with self._lock:
            since_ns = time.monotonic_ns() - self._at_ns
            # A venue that does not answer any more does not move either.
            told_ns = self._told_ns + int(min(since_ns, 10 * EVERY_S * 1e9) * self._speed)
            self._last_ns = max(self._last_ns, told_ns)
            return self._last_ns

    def _take(self, told: dict[str, object]) -> None:
        with self._lock:
            self._told_ns, self._at_ns = parse_ns(str(told["time"])), time.monotonic_ns()
            self._speed = 0.0 if told["ended"] else float(str(told["speed"]))

    def _follow(self) -> None:
        while True:
            time.sleep(EVERY_S)
            try:
                self._take(_ask(self._url))
            except BrokerError:
                continue  # it may come back; until then its time stands still


def _ask(url: str) -> dict[str, object]:
    try:
        with urllib.request.urlopen(f"{url}/venue", timeout=_TIMEOUT_S) as answer:  # noqa: S310 - loopback
            told = json.load(answer)
    except (OSError, ValueError) as error:
        message = f"No rehearsal answers at {url}: {error}."
        raise BrokerError(message, "Start `tradewind venue` and give the address that it says.") from error
    if not isinstance(told, dict) or not {"time", "speed", "ended", "protocol"} <= told.keys():
        message = f"What answers at {url} is no rehearsal."
        raise BrokerError(message, "Give the address that `tradewind venue` says.")
    return told
