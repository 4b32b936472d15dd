"""The bus of the configuration: where it is, whose data it brings, and whether both can be."""

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from tradewind.app.config import TradewindConfig
from tradewind.app.located import located
from tradewind.app.redis_config import RedisConfig
from tradewind.core.errors import ConfigError, RegistryError
from tradewind.core.settings import Location, dotted
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.redis_server import PASSWORD, RedisServer, require_library
from tradewind.data.registry import PROVIDERS, STREAMS


def redis_server(
    given: RedisConfig, url: str = "", environment: Mapping[str, str] = os.environ
) -> RedisServer:
    """The server of the configuration, or the one at ``url``; ConfigError where there is none."""
    if not (url or given.url):
        message = "redis.url is empty, so there is no bus."
        raise ConfigError(message, "Set it to rediss://HOST:PORT.", location=("redis", "url"))
    word = environment.get(PASSWORD)
    return RedisServer(url or given.url, given.namespace, Secret(word) if word else None)


def is_relay(name: str) -> bool:
    """Whether a source of live data brings what another process hears of a vendor."""
    entries = {entry.name: entry for entry in STREAMS.entries()}
    return name in entries and bool(getattr(entries[name].plugin, "relays", False))


def history_name(config: TradewindConfig, name: str) -> str:
    """The source of history that belongs to a stream: its own, but for the bus the one that is on it."""
    return config.redis.source if is_relay(name) else name


def relay_arguments(config: TradewindConfig, name: str) -> dict[str, Any]:
    """What the bus' stream takes of the configuration; nothing for any other."""
    if not is_relay(name):
        return {}
    server = redis_server(config.redis)
    return {
        "address": server.url,
        "namespace": server.namespace,
        "password": server.password,
        "source": config.redis.source,
    }


def check_redis(config: TradewindConfig) -> None:
    """Refuse an address that is not safe, a source that is none, and a bus that is nowhere.

    Raises
    ------
    ConfigError, RegistryError
        Names the setting.
    """
    given, live = config.redis, config.session.live
    if given.url:
        located(("redis", "url"), partial(RedisServer, given.url))
    located(("redis", "namespace"), partial(RedisServer, "redis://127.0.0.1", given.namespace))
    known = PROVIDERS.names()
    if given.source not in known:
        message = f"redis.source names {given.source!r}, which has no history."
        raise RegistryError(message, f"Known are: {', '.join(known)}.", location=("redis", "source"))
    places: list[tuple[str, Location]] = [(live.stream, ("session", "live", "stream"))]
    places += [(name, ("session", "live", "standby", nth)) for nth, name in enumerate(live.standby)]
    for word in (word for word in ("cache", "limits") if getattr(given, word)):
        if not given.url:
            message = f"redis.{word} is on, and redis.url is empty, so there is no server."
            raise ConfigError(message, "Set redis.url to rediss://HOST:PORT.", location=("redis", word))
        located(("redis", word), require_library)
    for name, at in places:
        if is_relay(name) and not given.url:
            message = f"{dotted(at)} is {name}, and redis.url is empty, so there is no bus."
            raise ConfigError(message, "Set redis.url to rediss://HOST:PORT.", location=at)
