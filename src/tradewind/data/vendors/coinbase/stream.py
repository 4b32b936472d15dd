"""Coinbase's stream: the market data feed of Advanced Trade; the rest is the house's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError, NoTimeframeError, UnknownSymbolError
from tradewind.core.market import Timeframe
from tradewind.data.registry import STREAMS
from tradewind.data.streams.bar_events import FetchBars
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.streams.socket_stream import SocketStream
from tradewind.data.vendors.coinbase.stream_settings import (
    BOOK,
    TICKER,
    TRADES,
    WEBSOCKET,
    CoinbaseStreamSettings,
)
from tradewind.data.vendors.coinbase.stream_wire import CoinbaseWire
from tradewind.data.vendors.coinbase.symbols import product_id
from tradewind.data.vendors.coinbase.wire import VENUE

_FRAMES = (Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.M30, Timeframe.H1, Timeframe.D1)
"""Those that Coinbase's history can mend."""


@STREAMS.register("coinbase")
class CoinbaseStream(SocketStream):
    """Live trades, quotes and bars of Coinbase's spot market, no key; books where the settings ask for them.

    Bars are made of the trades, whose numbers show that none is missing; a bar that began before the first
    trade seen, or lacks one, is fetched. So a bar comes about a second after its end.

    Parameters are :class:`~tradewind.data.streams.socket_stream.SocketStream`'s, and

    quotes
        Whether best bids and asks are asked for, where no ``settings`` name the channels.
    trades
        Nothing is added: bars are made of them, so they always come.
    """

    name = "coinbase"
    venue = VENUE

    def __init__(
        self,
        fetch_bars: FetchBars,
        folder: Path,
        *,
        since: Mapping[str, int] | None = None,
        quotes: bool = True,
        trades: bool = True,
        url: str = WEBSOCKET,
        settings: CoinbaseStreamSettings | None = None,
        queue: QueueSettings | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self.settings = settings or CoinbaseStreamSettings(channels=(TRADES, TICKER) if quotes else (TRADES,))
        super().__init__(
            self.name,
            self._wire,
            fetch_bars,
            folder,
            url,
            self.settings,
            keeps_books=BOOK in self.settings.channels,
            since=since,
            queue=queue,
            clock=clock,
            random=random,
        )

    def _wire(self, instrument_ids: Sequence[str], frame: Timeframe) -> CoinbaseWire:
        frames = _FRAMES if TRADES in self.settings.channels else (Timeframe.M5,)
        if frame not in frames:
            message = f"Coinbase's stream has no {frame} bars by {', '.join(self.settings.channels)}."
            raise NoTimeframeError(message, f"Ask for {', '.join(frames)}.", offers=frames)
        products = {_streamed(instrument_id): instrument_id for instrument_id in instrument_ids}
        if not products or len(products) < len(instrument_ids):
            message = f"{len(instrument_ids)} instruments are {len(products)} products at Coinbase."
            raise ConfigError(message, "Name at least one pair, each once.")
        return CoinbaseWire(self.url, products, frame, self.settings)


def _streamed(instrument_id: str) -> str:
    product = product_id(instrument_id)
    base, _, quote = product.partition("-")
    if quote == "USDC" and base not in ("EURC", "USDT"):
        message = f"Coinbase's stream shows {product} as {base}-USD."
        raise UnknownSymbolError(message, f"Ask for {base}/USD.")
    return product
