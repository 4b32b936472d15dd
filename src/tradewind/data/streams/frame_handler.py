"""From frames to events: read, checked, put in order, published. No input or output but the quarantine.

Everything that a connection brings passes :meth:`FrameHandler.on_frame`; what must be fetched besides
(missing bars, snapshots of books) is noted in ``wants_bars`` and ``wants_book`` for the stream to do, and
what the vendor must be told in ``answers``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar
from tradewind.data.policy.quarantine import Quarantine
from tradewind.data.streams.bar_sequence import BarSequence
from tradewind.data.streams.book_events import book_moved
from tradewind.data.streams.hub import Hub
from tradewind.data.streams.id_sequence import IdSequence, RecentIds
from tradewind.data.streams.order_book import BookChange, OrderBook
from tradewind.data.streams.ticks import BookMoved, Trade, TradeCancelled
from tradewind.data.streams.wire import (
    Answer,
    BookSnapshot,
    BookUpdate,
    Forming,
    Gap,
    Missed,
    NoBars,
    OddFrameError,
    Ready,
    Revised,
    Ticker,
    Wire,
)

_MOST_KEPT = 20  # malformed frames written to disk a handler; the rest are counted: a flood must not stall it


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
    gaps: int = 0
    """Times at which the wire said that messages were lost."""
    trades_repeated: int = 0
    """Of wires whose trades are not numbered; the others' are in ``FrameHandler.trades``."""
    bars_revised: int = 0


class FrameHandler:
    """Takes a wire's frames for one run of a stream."""

    def __init__(
        self,
        wire: Wire,
        hub: Hub,
        bars: BarSequence,
        books: Mapping[str, OrderBook],
        quarantine: Quarantine,
    ) -> None:
        self.wire, self.hub, self.bars, self.books = wire, hub, bars, books
        self.counters = FrameCounters()
        self.trades: dict[str, IdSequence] = {}
        """Of wires that number their trades."""
        self.last_seen: dict[str, int] = {}
        """When each instrument was last heard of, by ``ts_recv``."""
        self.wants_bars: set[str] = set()
        self.wants_book: set[str] = set()
        self.answers: list[str] = []
        self.on_up: Callable[[], None] | None = None
        """Called once, before the next thing that is more than an answer is handed on."""
        self._quarantine = quarantine
        self._last_quote: dict[str, int] = {}
        self._recent: dict[str, RecentIds] = {}
        self._numbered, self._locks = wire.traits.numbered_trades, wire.traits.locks
        self._takes: dict[type, Callable[[Any], str]] = {
            Bar: self._on_bar,
            Trade: self._on_trade,
            Ticker: self._on_ticker,
            Forming: self._on_forming,
            TradeCancelled: self._on_cancelled,
            Missed: self._on_missed,
            NoBars: self._on_no_bars,
            Revised: self._on_revised,
            BookUpdate: self._on_book_update,
            BookSnapshot: self._on_book_snapshot,
            Gap: self._on_gap,
            Answer: self._on_answer,
            Ready: self._on_ready,
            BookMoved: self._on_book_moved,
            FeedStatus: self._on_said,
        }

    def on_frame(self, frame: bytes, ts_recv: int) -> None:
        """Take one frame. One without its documented shape is kept aside and counted, never an event."""
        counters = self.counters
        counters.frames += 1
        try:
            items = self.wire.read(frame, ts_recv)
        except (msgspec.DecodeError, MalformedPayloadError, OddFrameError) as error:
            counters.malformed += 1
            counters.malformed_in_row += 1
            if counters.malformed <= _MOST_KEPT:
                self._quarantine.put("a stream frame", frame, str(error))
            return
        counters.malformed_in_row = 0
        takes, last_seen = self._takes, self.last_seen
        if self.on_up is not None and any(type(item) is not Answer for item in items):
            on_up, self.on_up = self.on_up, None
            on_up()
        for item in items:
            last_seen[takes[type(item)](item)] = ts_recv
        last_seen.pop("", None)

    def on_disconnect(self) -> None:
        """What follows will not join on to what was: books start again, update ids may too."""
        for book in self.books.values():
            book.lose()
        self._last_quote.clear()
        self.answers.clear()
        self.wire.on_disconnect()

    # Each returns the instrument that was heard of; empty where there is none.

    def _on_bar(self, bar: Bar) -> str:
        for released in self.bars.offer(bar):
            self.hub.publish(released)
        if self.bars.held(bar.instrument_id):
            self.wants_bars.add(bar.instrument_id)
        return bar.instrument_id

    def _on_forming(self, forming: Forming) -> str:
        self.counters.forming += 1
        self.bars.begin(forming.instrument_id, forming.start_ns)
        return forming.instrument_id

    def _on_ticker(self, ticker: Ticker) -> str:
        quote = ticker.quote
        if ticker.number < self._last_quote.get(quote.instrument_id, 0):
            self.counters.quotes_late += 1
        elif quote.bid > quote.ask > 0.0 or (quote.bid == quote.ask and not self._locks):
            self.counters.quotes_crossed += 1
        else:
            self._last_quote[quote.instrument_id] = ticker.number
            self.hub.publish(quote)
        return quote.instrument_id

    def _on_trade(self, trade: Trade) -> str:
        if self._is_new(trade):
            self.hub.publish(trade)
        return trade.instrument_id

    def _is_new(self, trade: Trade) -> bool:
        if self._numbered:
            ids = self.trades.get(trade.instrument_id)
            if ids is None:
                ids = self.trades[trade.instrument_id] = IdSequence()
            return ids.is_new(trade.trade_id)
        recent = self._recent.get(trade.instrument_id)
        if recent is None:
            recent = self._recent[trade.instrument_id] = RecentIds()
        new = recent.is_new((trade.trade_id, trade.ts_event, trade.price, trade.quantity))
        self.counters.trades_repeated += not new
        return new

    def _on_cancelled(self, trade: TradeCancelled) -> str:
        self.hub.publish(trade)
        return trade.instrument_id

    def _on_missed(self, missed: Missed) -> str:
        self.wants_bars.add(missed.instrument_id)
        return missed.instrument_id

    def _on_no_bars(self, item: NoBars) -> str:
        self.bars.skip(item.instrument_id, item.from_ns, item.until_ns)
        return item.instrument_id

    def _on_revised(self, item: Revised) -> str:
        last = self.bars.last(item.bar.instrument_id)
        if last is None or item.bar.ts_event > last:
            return self._on_bar(item.bar)
        self.counters.bars_revised += 1
        self.hub.publish(item.said)
        return item.bar.instrument_id

    def _on_book_update(self, item: BookUpdate) -> str:
        book = self.books[item.instrument_id]
        change = book.accept(item.update)
        if change in (BookChange.GAP, BookChange.CROSSED):
            self.counters.books_lost += 1
        if change not in (BookChange.APPLIED, BookChange.OLD):
            self.wants_book.add(item.instrument_id)
        if change not in (BookChange.OLD, BookChange.HELD):
            self._tell_book(book, item)
        return item.instrument_id

    def _on_book_snapshot(self, item: BookSnapshot) -> str:
        book = self.books[item.instrument_id]
        if not book.start(item.snapshot):
            self.counters.books_lost += 1
            self.wants_book.add(item.instrument_id)
        self._tell_book(book, item)
        return item.instrument_id

    def _tell_book(self, book: OrderBook, item: BookUpdate | BookSnapshot) -> None:
        if self.hub.wants(BookMoved):
            self.hub.publish(book_moved(book, item.instrument_id, item.ts_event, item.ts_recv))

    def _on_gap(self, gap: Gap) -> str:
        self.counters.gaps += 1
        for instrument_id, book in self.books.items():
            if book.in_step:
                self.counters.books_lost += 1
                book.lose()
                self.wants_book.add(instrument_id)
        return ""

    def _on_answer(self, answer: Answer) -> str:
        self.answers.append(answer.text)
        return ""

    def _on_book_moved(self, moved: BookMoved) -> str:
        self.hub.publish(moved)
        return moved.instrument_id

    def _on_said(self, said: FeedStatus) -> str:
        self.hub.publish(said)
        return ""

    def _on_ready(self, ready: Ready) -> str:
        return ""
