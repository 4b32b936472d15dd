"""The stream from the bus: another process listens to the vendor, and this one hears it through Redis."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError, UnknownSymbolError
from tradewind.core.market import Timeframe
from tradewind.core.trading_calendar import ROUND_THE_CLOCK
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.redis_server import RedisServer
from tradewind.data.registry import STREAMS
from tradewind.data.streams.bar_events import FetchBars
from tradewind.data.streams.bus.entries import Kind, stream_key
from tradewind.data.streams.bus.relay_connection import RelayConnection
from tradewind.data.streams.bus.relay_wire import Numbers, RelayWire, one_calendar
from tradewind.data.streams.connection import Connection
from tradewind.data.streams.connection_settings import ConnectionSettings
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.streams.frame_handler import FrameHandler
from tradewind.data.streams.mending import Mending
from tradewind.data.streams.socket_stream import SocketStream
from tradewind.data.streams.ticks import BookMoved, Trade, TradeCancelled
from tradewind.data.streams.wire import Wire

_USUAL = ConnectionSettings()


@STREAMS.register("redis", needs=("redis",), extra="redis")
class RedisStream(SocketStream):
    """Bars and quotes, trades and tops of books that a publisher of ``source`` puts on the bus.

    Other parameters are :class:`~tradewind.data.streams.socket_stream.SocketStream`'s, and

    fetch_bars
        History of the source: what left the bus before it was read is asked of it.
    calendars
        The trading calendar of each instrument; all of one stream have the same.
    positions
        Id of the last entry read of each kind, where an earlier stream's ``positions`` were kept.
    """

    name = "redis"
    relays = True
    """Its bars are another source's, which has the history."""

    def __init__(
        self,
        fetch_bars: FetchBars,
        folder: Path,
        *,
        address: str = "redis://127.0.0.1:6379",
        namespace: str = "tradewind",
        source: str = "binance",
        password: Secret | None = None,
        calendars: Mapping[str, str] | None = None,
        since: Mapping[str, int] | None = None,
        quotes: bool = True,
        trades: bool = False,
        positions: Mapping[Kind, str] | None = None,
        settings: ConnectionSettings = _USUAL,
        queue: QueueSettings | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self.server = RedisServer(address, namespace, password)
        self.source, self.positions, self.numbers = source, dict(positions or {}), Numbers()
        self._calendars, self._quotes, self._trades = dict(calendars or {}), quotes, trades
        self._from_start = frozenset({Kind.BARS} if since else ())
        super().__init__(
            self.name,
            self._wire,
            fetch_bars,
            folder,
            address,
            settings,
            since=since,
            queue=queue,
            clock=clock,
            random=random,
        )

    def _checked_url(self, url: str) -> str:
        return url  # a Redis server's, which RedisServer has checked

    def _wire(self, instrument_ids: Sequence[str], frame: Timeframe) -> Wire:
        if not instrument_ids:
            raise ConfigError("Nothing is asked of the bus.", "Name at least one instrument.")
        for instrument_id in instrument_ids:
            symbol, _, venue = instrument_id.rpartition(".")
            if not symbol or not venue:
                message = f"{instrument_id!r} is no instrument."
                raise UnknownSymbolError(message, "Write SYMBOL.VENUE, as the publisher does.")
        calendar = one_calendar(self._calendars, instrument_ids, ROUND_THE_CLOCK)
        if not calendar:
            message = (
                f"{', '.join(instrument_ids)} have several calendars, and a stream from the bus has one."
            )
            raise ConfigError(message, "Trade them in sessions of their own.")
        return RelayWire(self.url, instrument_ids, frame, calendar, self.numbers)

    def _make_connection(
        self, handler: FrameHandler, mending: Mending, instrument_ids: Sequence[str]
    ) -> Connection:
        def on_up() -> None:
            self._say_connected()
            mending.catch_up(instrument_ids)

        def on_frame() -> None:
            if handler.wants_bars:
                mending.begin()

        frame = mending.timeframe
        keys = {
            kind: stream_key(self.server.namespace, self.source, frame, kind) for kind in self._wanted_kinds()
        }
        return RelayConnection(
            handler,
            self.connection_settings,
            self.clock,
            self.server,
            keys,
            self.positions,
            self._from_start,
            on_up=on_up,
            on_frame=on_frame,
            on_watch=lambda: self._note_quiet(handler),
        )

    def _wanted_kinds(self) -> list[Kind]:
        wanted = [Kind.SIGNS, Kind.BARS]
        wanted += [Kind.QUOTES] if self._quotes else []
        wanted += (
            [Kind.TRADES] if self._trades or self.hub.wants(Trade) or self.hub.wants(TradeCancelled) else []
        )
        return wanted + ([Kind.BOOKS] if self.hub.wants(BookMoved) else [])
