"""Live market data for people: what a stream says, for a while."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tradewind.app.market.live_streams import stream_arguments
from tradewind.app.market.vendor_config import VendorConfig, vendor_arguments
from tradewind.app.market.workspace import Workspace
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import canonical_symbol, find_instrument, instrument_id
from tradewind.core.market import Bar, Event, Quote, Timeframe
from tradewind.core.ports import StreamProvider
from tradewind.data.registry import PROVIDERS, STREAMS


@dataclass
class Seen:
    """What came in: bars and quotes by instrument, the feed's own words, counted, and the last of each."""

    seconds: float
    bars: dict[str, int] = field(default_factory=dict)
    quotes: dict[str, int] = field(default_factory=dict)
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
        else:
            self.statuses += 1


def follow(
    workspace: Workspace,
    symbols: Sequence[str],
    timeframe: str,
    seconds: float,
    on_event: Callable[[Event], None],
    *,
    name: str = "binance",
    url: str = "",
    rest_url: str = "",
) -> Seen:
    """Listen to the stream ``name`` for ``seconds``; ``on_event`` hears each event as it comes.

    ``url`` and ``rest_url`` point it at another address than the provider's own.

    Raises
    ------
    ConfigError
        No symbol is named, there are no bars of such a length, or the time is not longer than nothing.
    UnknownSymbolError
        The stream has no venue of its own, and nobody knows the symbol.
    NetworkError
        No connection could be had.
    """
    make_provider, make_stream = PROVIDERS.get(name), STREAMS.get(name)
    venue = str(getattr(make_stream, "venue", ""))
    known = workspace.instruments.known
    pairs = list(
        dict.fromkeys(
            _on_venue(text, venue) if venue else find_instrument(known, text).id for text in symbols
        )
    )
    if not pairs or seconds <= 0:
        message = f"{len(pairs)} symbols for {seconds:g} s is nothing to listen to."
        raise ConfigError(message, "Name symbols such as BTCUSDT, and give --seconds above 0.")
    folder = workspace.home.root / "providers" / name
    timeframe = Timeframe(timeframe)
    vendor = VendorConfig(base_url=rest_url)
    provider = make_provider(**vendor_arguments(name, make_provider, folder, vendor))
    stream = make_stream(**stream_arguments(name, make_stream, folder, provider, {"url": url} if url else {}))
    seen = Seen(seconds)

    def hear(event: Event) -> None:
        seen.take(event)
        on_event(event)

    asyncio.run(_listen(stream, pairs, timeframe, seconds, hear))
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
