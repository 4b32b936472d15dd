"""Where a Redis server is and how it is asked; its faults in words of our own, never with the password.

Any server that speaks Redis' protocol with its streams and scripts does, such as Valkey. The library is the
extra ``redis`` and imported on use.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tradewind.core.addresses import split_address
from tradewind.core.errors import (
    ConfigError,
    DataError,
    MissingKeyError,
    NetworkError,
    RegistryError,
    TradewindError,
)
from tradewind.core.redaction import redact_url
from tradewind.data.policy.addresses import is_loopback
from tradewind.data.policy.redaction import Secret, redact

PASSWORD = "TRADEWIND_REDIS_PASSWORD"  # noqa: S105 - the variable's name
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class RedisServer:
    """A server's address, what all our keys there begin with, and the password, which shows as ``***``.

    ``timeout_s`` is how long one answer may take.

    Raises
    ------
    ConfigError
        The address is neither ``rediss://`` nor ``redis://`` on loopback, or holds a password; or the
        namespace is no name.
    """

    url: str
    namespace: str = "tradewind"
    password: Secret | None = None
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        parts = split_address(self.url)
        plain_here = parts.scheme == "redis" and is_loopback(self.url)
        if not parts.hostname or not (parts.scheme == "rediss" or plain_here):
            message = f"The address {redact_url(self.url)!r} is none of a Redis server that may be used."
            raise ConfigError(message, "Use rediss://HOST:PORT; redis:// is for 127.0.0.1 alone.")
        if parts.password is not None or "password=" in parts.query:
            message = f"The address {redact_url(self.url)!r} holds a password."
            raise ConfigError(message, f"Take it out and set {PASSWORD}.")
        if not _NAME.fullmatch(self.namespace):
            message = f"{self.namespace!r} is no name for keys."
            raise ConfigError(message, "Use up to 64 letters, digits, points, dashes and underscores.")

    def client_arguments(self) -> dict[str, Any]:
        """What both of the library's clients are opened with: nothing is retried behind our back."""
        return {
            "password": self.password.reveal() if self.password else None,
            "socket_timeout": self.timeout_s,
            "socket_connect_timeout": self.timeout_s,
            "protocol": 2,
        }


def require_library() -> None:
    """RegistryError that names the command to install, where the client library is missing."""
    try:
        import redis  # noqa: F401
    except ModuleNotFoundError as error:
        message = "Redis needs the library redis, which is not installed."
        raise RegistryError(message, "Install it: pip install 'tradewind[redis]'.") from error


@asynccontextmanager
async def connected(server: RedisServer) -> AsyncIterator[Any]:
    """A client of :mod:`redis.asyncio` until the block ends; the first command connects."""
    require_library()
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError

    client = Redis.from_url(server.url, retry=Retry(NoBackoff(), 0), **server.client_arguments())
    try:
        yield client
    finally:
        with suppress(OSError, RedisError):
            await client.aclose()


def stop_if_cancelled() -> None:
    """Raise the cancellation that the current task was asked for and that an answer of the server overtook.

    redis-py waits with ``asyncio.wait_for``, which in Python 3.11 forgets a cancellation that comes at the
    moment of the answer (python/cpython 86296); whoever awaits the task would then wait for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def typed_redis_error(error: Exception, server: RedisServer) -> TradewindError:
    """The library's error as one of ours: NetworkError where waiting may mend it.

    MissingKeyError is for a password that is missing or wrong, DataError for what only a person can mend.
    """
    from redis import exceptions

    said = redact(f"{type(error).__name__}: {error}", (server.password,) if server.password else ())
    where = redact_url(server.url)
    if isinstance(error, exceptions.AuthenticationError) or "NOAUTH" in said or "WRONGPASS" in said:
        message = f"The Redis server at {where} does not take the password."
        return MissingKeyError(message, f"Set {PASSWORD}, and the user's name in the address where needed.")
    if isinstance(error, exceptions.OutOfMemoryError) or "OOM" in said or "LOADING" in said:
        return NetworkError(f"The Redis server at {where} takes nothing: {said}", "Give it more memory.")
    if "EXECABORT" in said:
        return NetworkError(f"The Redis server at {where} refused a batch: {said}", "Look at its memory.")
    if isinstance(error, exceptions.ConnectionError | exceptions.TimeoutError | OSError | EOFError):
        return NetworkError(f"The Redis server at {where} could not be reached: {said}", "Is it running?")
    step = "Look at the keys of the namespace: another program may use them."
    return DataError(f"The Redis server at {where} refused: {said}", step)
