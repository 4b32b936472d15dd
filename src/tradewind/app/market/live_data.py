"""Live market data for people: what a stream says, for a while."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradewind.app.config import TradewindConfig
from tradewind.app.market.bus import history_name, relay_arguments
from tradewind.app.market.live_streams import stream_arguments
from tradewind.app.market.publishing import make_publisher, publishing
from tradewind.app.market.source_arguments import source_arguments
from tradewind.app.market.vendor_config import USUAL
from tradewind.app.market.workspace import open_workspace
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import canonical_symbol, find_instrument, instrument_id
from tradewind.core.market import Bar, Event, Quote, Timeframe
from tradewind.core.ports import StreamProvider
from tradewind.data.registry import PROVIDERS, STREAMS
from tradewind.data.streams.bars.building import TradeBarBuilder, builder_of
from tradewind.data.streams.bars.rules import parse_rule
from tradewind.data.streams.bars.trade_bar import TradeBar
from tradewind.data.streams.socket_stream import SocketStream
from tradewind.data.streams.ticks import Trade


@dataclass
class Seen:
    """What came in: bars and quotes by instrument, the feed's own words, counted, and the last of each."""

    seconds: float
    bars: dict[str, int] = field(default_factory=dict)
    quotes: dict[str, int] = field(default_factory=dict)
    trade_bars: dict[str, int] = field(default_factory=dict)
    statuses: int = 0
    last: dict[str, Event] = field(default_factory=dict)
    """By ``bar BTC/USDT.BINANCE`` and ``quote BTC/USDT.BINANCE``."""

    def take(self, event: Event) -> None:
        """Count one event."""
        if isinstance(event, Bar):
            self.bars[event.instrument_id] = self.bars.get(event.instrument_id, 0) + 1
            self.last[f"bar {event.instrument_id}"] = event
        elif isinstance(event, Quote):
            self.quotes[event.instrument_id] = self.quotes.get(event.instrument_id, 0) + 1
            self.last[f"quote {event.instrument_id}"] = event
        elif isinstance(event, TradeBar):
            self.trade_bars[event.instrument_id] = self.trade_bars.get(event.instrument_id, 0) + 1
            self.last[f"trade bar {event.instrument_id}"] = event
        else:
            self.statuses += 1


def follow(
    config: TradewindConfig,
    symbols: Sequence[str],
    timeframe: str,
    seconds: float,
    on_event: Callable[[Event], None],
    *,
    name: str = "binance",
    url: str = "",
    rest_url: str = "",
    trade_bars: str = "",
    publish: str = "",
) -> Seen:
    """Listen to the stream ``name`` for ``seconds``; ``on_event`` hears each event as it comes.

    ``url`` and ``rest_url`` go before what ``providers`` says and the vendor's own addresses. ``trade_bars``
    is a rule (:func:`~tradewind.data.streams.bars.rules.parse_rule`): then bars are made of trades besides.
    ``publish`` is ``redis`` or the address of a Redis server: other processes then hear all of it.

    Raises
    ------
    ConfigError
        No symbol is named, there are no bars of such a length or rule, the stream has no trades, or the time
        is not longer than nothing.
    UnknownSymbolError
        The stream has no venue of its own, and nobody knows the symbol.
    NetworkError
        No connection could be had.
    """
    source = history_name(config, name)
    make_provider, make_stream = PROVIDERS.get(source), STREAMS.get(name)
    heard = STREAMS.get(source) if source in STREAMS.names() else make_stream
    venue = str(getattr(heard, "venue", ""))
    known = open_workspace(config).instruments.known
    pairs = list(
        dict.fromkeys(
            _on_venue(text, venue) if venue else find_instrument(known, text).id for text in symbols
        )
    )
    if not pairs or seconds <= 0:
        message = f"{len(pairs)} symbols for {seconds:g} s is nothing to listen to."
        raise ConfigError(message, "Name symbols such as BTCUSDT, and give --seconds above 0.")
    folder = config.home / "providers" / name
    timeframe = Timeframe(timeframe)
    vendor = config.providers.get(source, USUAL)
    if rest_url:
        vendor = vendor.model_copy(update={"base_url": rest_url})
    provider = make_provider(**source_arguments(config, source, make_provider, vendor))
    wanted: dict[str, Any] = {"trades": True} if trade_bars or publish else {}
    wanted |= relay_arguments(config, name)
    if url:
        wanted["url"] = url
    stream = make_stream(**stream_arguments(name, make_stream, folder, provider, wanted))
    builder = builder_of(parse_rule(trade_bars)) if trade_bars else None
    seen = Seen(seconds)

    def tell(event: Event) -> None:
        seen.take(event)
        on_event(event)

    publisher = make_publisher(config, name, timeframe, publish, tell) if publish else None

    def hear(event: Event) -> None:
        tell(event)
        if publisher is not None:
            publisher.offer(event)

    listening = _listen(stream, pairs, timeframe, seconds, hear)
    if builder is not None:
        listening = _with_trade_bars(stream, builder, listening, hear)
    asyncio.run(publishing(stream, publisher, listening) if publisher is not None else listening)
    return seen


def _on_venue(text: str, venue: str) -> str:
    """The id of the pair that people mean by ``text``, with or without the venue that is listened to."""
    return instrument_id(canonical_symbol(text.strip().upper().removesuffix(f".{venue}")), venue)


async def _listen(
    stream: StreamProvider,
    pairs: Sequence[str],
    timeframe: str,
    seconds: float,
    hear: Callable[[Event], None],
) -> None:
    events = stream.stream(pairs, timeframe)
    try:
        async with asyncio.timeout(seconds) as limit:
            async for event in events:
                hear(event)
    except TimeoutError:
        if not limit.expired():
            raise


async def _with_trade_bars(
    stream: StreamProvider,
    builder: TradeBarBuilder,
    listening: Coroutine[None, None, None],
    hear: Callable[[Event], None],
) -> None:
    """Make bars of the stream's trades while it is listened to."""
    if not isinstance(stream, SocketStream):
        listening.close()
        message = f"The stream {stream.name!r} has no single trades."
        raise ConfigError(message, "Leave the bars of trades out, or choose another stream.")
    trades = stream.hub.add((Trade,))

    async def build() -> None:
        async for event in trades:
            if isinstance(event, Trade):
                for bar in builder.take(event):
                    hear(bar)

    building = asyncio.create_task(build())
    try:
        await listening
    finally:
        trades.close()
        await building
