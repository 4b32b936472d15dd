"""Binance's stream: the spot market's combined streams; the rest is the house's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError
from tradewind.core.market import Timeframe
from tradewind.data.registry import STREAMS
from tradewind.data.streams.bar_events import FetchBars
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.streams.mending import FetchBook
from tradewind.data.streams.socket_stream import SocketStream
from tradewind.data.streams.wire import Wire
from tradewind.data.vendors.binance.exchange_info import VENUE
from tradewind.data.vendors.binance.frames import KLINE, TICKER, TRADE, stream_names
from tradewind.data.vendors.binance.stream_settings import MOST_STREAMS, WEBSOCKET, StreamSettings
from tradewind.data.vendors.binance.wire import BinanceWire


@STREAMS.register("binance")
class BinanceStream(SocketStream):
    """Live bars and quotes of Binance's spot market; trades and books where the settings ask for them.

    Parameters are :class:`~tradewind.data.streams.socket_stream.SocketStream`'s, and

    fetch_book
        A book's snapshot, such as ``BinanceProvider.depth``; needed for the ``depth`` channel alone.
    quotes
        Whether best bids and asks are asked for, where no ``settings`` name the channels.
    trades
        The same of single trades.
    """

    name = "binance"
    venue = VENUE

    def __init__(
        self,
        fetch_bars: FetchBars,
        folder: Path,
        *,
        fetch_book: FetchBook | None = None,
        since: Mapping[str, int] | None = None,
        quotes: bool = True,
        trades: bool = False,
        url: str = WEBSOCKET,
        settings: StreamSettings | None = None,
        queue: QueueSettings | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        chosen = (KLINE, *((TICKER,) if quotes else ()), *((TRADE,) if trades else ()))
        self.settings = settings or StreamSettings(channels=chosen)
        if self.settings.wants_books and fetch_book is None:
            message = "The depth channel needs snapshots of the books, and nothing fetches them."
            raise ConfigError(message, "Give fetch_book, or leave the depth channel out.")
        super().__init__(
            self.name,
            self._wire,
            fetch_bars,
            folder,
            url,
            self.settings,
            fetch_book=fetch_book,
            keeps_books=self.settings.wants_books,
            since=since,
            queue=queue,
            clock=clock,
            random=random,
        )

    def _wire(self, instrument_ids: Sequence[str], frame: Timeframe) -> Wire:
        routes = {
            name: (channel, instrument_id)
            for instrument_id in instrument_ids
            for name, channel in stream_names(instrument_id, frame, self.settings.channels).items()
        }
        if not routes or len(routes) > MOST_STREAMS:
            message = f"{len(instrument_ids)} instruments make {len(routes)} streams."
            raise ConfigError(message, f"Ask for 1 to {MOST_STREAMS} streams a connection.")
        return BinanceWire(self.url, routes, frame)
