"""From frames to events: decoded, checked, put in order, published. No input or output but the quarantine.

Everything that a connection brings passes :meth:`FrameHandler.on_frame`; what must be fetched besides
(missing bars, snapshots of books) is noted in ``wants_bars`` and ``wants_book`` for the stream to do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.market import Bar, Quote, Timeframe
from tradewind.data.policy.quarantine import Quarantine
from tradewind.data.stamps import UNITS, span_ns, unit_of
from tradewind.data.streams.bar_sequence import BarSequence
from tradewind.data.streams.hub import Hub
from tradewind.data.streams.id_sequence import IdSequence
from tradewind.data.streams.order_book import BookChange, OrderBook
from tradewind.data.streams.ticks import Trade
from tradewind.data.vendors.binance.frames import (
    DEPTH,
    KLINE,
    TICKER,
    TRADE,
    read_depth,
    read_envelope,
    read_kline,
    read_ticker,
    read_trade,
)

_MOST_KEPT = 20  # malformed frames written to disk a handler; the rest are counted: a flood must not stall it


class _OddFrameError(Exception):
    """A frame that decodes and still cannot be right."""


@dataclass
class FrameCounters:
    """What came; all of one stream's life."""

    frames: int = 0
    malformed: int = 0
    malformed_in_row: int = 0
    forming: int = 0
    quotes_late: int = 0
    quotes_crossed: int = 0
    books_lost: int = 0


class FrameHandler:
    """``routes`` maps a stream's name to ``(channel, instrument)``, as subscribed."""

    def __init__(
        self,
        routes: Mapping[str, tuple[str, str]],
        timeframe: str,
        hub: Hub,
        bars: BarSequence,
        books: Mapping[str, OrderBook],
        quarantine: Quarantine,
    ) -> None:
        self.hub, self.bars, self.books = hub, bars, books
        self.counters = FrameCounters()
        self.trades: dict[str, IdSequence] = {}
        self.last_seen: dict[str, int] = {}
        """When each instrument was last heard of, by ``ts_recv``."""
        self.wants_bars: set[str] = set()
        self.wants_book: set[str] = set()
        self._interval, self._length_ns = timeframe, Timeframe(timeframe).length_ns
        self._quarantine = quarantine
        self._last_quote: dict[str, int] = {}
        readers: dict[str, Callable[[str, msgspec.Raw, int], None]] = {
            KLINE: self._on_kline,
            TICKER: self._on_ticker,
            TRADE: self._on_trade,
            DEPTH: self._on_depth,
        }
        self.names = tuple(routes)
        self._routes = {
            name: (readers[channel], instrument_id) for name, (channel, instrument_id) in routes.items()
        }

    def on_frame(self, frame: bytes, ts_recv: int) -> None:
        """Take one frame. One without its documented shape is kept aside and counted, never an event."""
        counters = self.counters
        counters.frames += 1
        try:
            envelope = read_envelope(frame)
            route = self._routes.get(envelope.stream)
            if route is None:
                message = f"Nobody subscribed to {envelope.stream!r}."
                raise _OddFrameError(message)
            route[0](route[1], envelope.data, ts_recv)
        except (msgspec.DecodeError, MalformedPayloadError, _OddFrameError) as error:
            counters.malformed += 1
            counters.malformed_in_row += 1
            if counters.malformed <= _MOST_KEPT:
                self._quarantine.put("a stream frame", frame, str(error))
            return
        counters.malformed_in_row = 0
        self.last_seen[route[1]] = ts_recv

    def on_disconnect(self) -> None:
        """What follows will not join on to what was: books start again, update ids may too."""
        for book in self.books.values():
            book.lose()
        self._last_quote.clear()

    def _on_kline(self, instrument_id: str, body: msgspec.Raw, ts_recv: int) -> None:
        kline = read_kline(body).kline
        opened, closed = span_ns(kline.start, kline.last)
        if kline.interval != self._interval or closed - opened != self._length_ns:
            message = f"A kline of {kline.interval} from {opened} to {closed} came for {self._interval}."
            raise _OddFrameError(message)
        low, high = min(kline.open, kline.close), max(kline.open, kline.close)
        if kline.low > low or kline.high < high:
            raise _OddFrameError("The open or close of a kline lies outside of its low and high.")
        if not kline.closed:
            self.counters.forming += 1
            self.bars.begin(instrument_id, opened)
            return
        bar = Bar(
            ts_event=closed,
            instrument_id=instrument_id,
            open=kline.open,
            high=kline.high,
            low=kline.low,
            close=kline.close,
            volume=kline.volume,
            timeframe=self._interval,
            ts_recv=max(ts_recv, closed),  # a local clock that is behind must not make it known before it is
            ts_open=opened,
        )
        for released in self.bars.offer(bar):
            self.hub.publish(released)
        if self.bars.held(instrument_id):
            self.wants_bars.add(instrument_id)

    def _on_ticker(self, instrument_id: str, body: msgspec.Raw, ts_recv: int) -> None:
        ticker = read_ticker(body)
        if ticker.update_id < self._last_quote.get(instrument_id, 0):
            self.counters.quotes_late += 1
            return
        if ticker.bid >= ticker.ask:
            self.counters.quotes_crossed += 1
            return
        self._last_quote[instrument_id] = ticker.update_id
        self.hub.publish(
            Quote(
                ts_event=_ns(ticker.time) if ticker.time else ts_recv,
                instrument_id=instrument_id,
                bid=ticker.bid,
                ask=ticker.ask,
                bid_size=ticker.bid_size,
                ask_size=ticker.ask_size,
                ts_recv=ts_recv,
            )
        )

    def _on_trade(self, instrument_id: str, body: msgspec.Raw, ts_recv: int) -> None:
        trade = read_trade(body)
        ids = self.trades.get(instrument_id)
        if ids is None:
            ids = self.trades[instrument_id] = IdSequence()
        if ids.is_new(trade.trade_id):
            self.hub.publish(
                Trade(
                    ts_event=_ns(trade.time),
                    instrument_id=instrument_id,
                    trade_id=trade.trade_id,
                    price=trade.price,
                    quantity=trade.quantity,
                    buyer_is_maker=trade.buyer_is_maker,
                    ts_recv=ts_recv,
                )
            )

    def _on_depth(self, instrument_id: str, body: msgspec.Raw, ts_recv: int) -> None:
        change = self.books[instrument_id].accept(read_depth(body))
        if change in (BookChange.GAP, BookChange.CROSSED):
            self.counters.books_lost += 1
        if change not in (BookChange.APPLIED, BookChange.OLD):
            self.wants_book.add(instrument_id)


def _ns(stamp: int) -> int:
    return stamp * UNITS[unit_of(stamp)]
