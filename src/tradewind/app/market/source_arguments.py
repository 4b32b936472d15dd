"""What a configured source is called with: its limits, address and keys, and what it shares with others."""

from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from typing import Any

from tradewind.app.config import TradewindConfig
from tradewind.app.market.bus import redis_server
from tradewind.app.market.vendor_config import VendorConfig, vendor_arguments
from tradewind.data.policy.provider_policy import PolicySettings


def source_arguments(
    config: TradewindConfig,
    name: str,
    factory: Callable[..., Any],
    vendor: VendorConfig,
    *,
    answers: bool = True,
) -> dict[str, Any]:
    """A source's arguments; its memory is kept in the home folder, or on the server that is shared.

    ``answers`` is False for sources of texts and series, which keep theirs in the home: texts may have to be
    forgotten, and what lies on a server is out of reach for that. Calls are counted together all the same.

    Raises
    ------
    ConfigError
        The configuration says something of it that it does not take.
    """
    given = vendor_arguments(name, factory, config.home / "providers" / name, vendor)
    takes = signature(factory).parameters.get("settings")
    settings = given.get("settings", takes.default if takes is not None else None)
    wanted = config.redis.limits or (answers and config.redis.cache)
    if not wanted or not isinstance(settings, PolicySettings):
        return given
    server = redis_server(config.redis)
    shared = replace(
        settings,
        shared_answers=server if answers and config.redis.cache else None,
        shared_calls=server if config.redis.limits else None,
    )
    return {**given, "settings": shared}
