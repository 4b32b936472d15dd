"""A stream that others hear through the bus while this process listens to it."""

import asyncio
from collections.abc import Callable, Coroutine

from tradewind.app.config import TradewindConfig
from tradewind.app.market.bus import is_relay, redis_server
from tradewind.core.errors import ConfigError
from tradewind.core.events import FeedStatus
from tradewind.core.ports import StreamProvider
from tradewind.data.streams.bus.publisher import Publisher
from tradewind.data.streams.socket_stream import SocketStream
from tradewind.data.streams.ticks import BookMoved, Trade, TradeCancelled

CONFIGURED = "redis"
"""What ``--publish`` says for the server of the configuration; anything else is an address."""


def make_publisher(
    config: TradewindConfig, name: str, timeframe: str, target: str, tell: Callable[[FeedStatus], None]
) -> Publisher:
    """A publisher of the stream ``name``; ``tell`` hears when the server is lost and found again.

    Raises
    ------
    ConfigError
        There is no address, it is not safe, or what is to be published comes off the bus itself.
    RegistryError
        The library for Redis is not installed.
    """
    if is_relay(name):
        message = f"The stream {name!r} comes off the bus already."
        raise ConfigError(message, "Publish a vendor's stream, such as --stream binance.")
    server = redis_server(config.redis, "" if target == CONFIGURED else target)
    return Publisher(server, name, timeframe, tell=tell)


async def publishing(
    stream: StreamProvider, publisher: Publisher, listening: Coroutine[None, None, None]
) -> None:
    """Send while the stream is listened to, its trades and tops of books too; an error ends both."""
    running = asyncio.create_task(publisher.run())
    heard = asyncio.create_task(listening)
    taking = asyncio.create_task(_take_ticks(stream, publisher))
    try:
        await asyncio.wait((heard, running, taking), return_when=asyncio.FIRST_COMPLETED)
    finally:
        # The stream is ended first, so that what it still said is sent.
        for task in (heard, taking, running):
            if not task.done():
                task.cancel()
                await asyncio.wait([task])
    for task in (running, taking, heard):
        if not task.cancelled():
            task.result()


async def _take_ticks(stream: StreamProvider, publisher: Publisher) -> None:
    if not isinstance(stream, SocketStream):
        await asyncio.Event().wait()
        return
    ticks = stream.hub.add((Trade, TradeCancelled, BookMoved))
    try:
        async for event in ticks:
            publisher.offer(event)
    finally:
        stream.hub.remove(ticks)
