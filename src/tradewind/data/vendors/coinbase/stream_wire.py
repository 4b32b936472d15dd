"""Coinbase's Advanced Trade feed as a wire: bars out of trades, books out of snapshots and changes."""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

import msgspec

from tradewind.core.errors import DataError, RateLimitedError
from tradewind.core.market import Quote, Timeframe
from tradewind.core.timestamps import NS_PER_S, to_ns
from tradewind.data.streams.depth import DepthSnapshot, DepthUpdate, Level
from tradewind.data.streams.ticks import Trade
from tradewind.data.streams.trade_bars import TradeBars
from tradewind.data.streams.wire import (
    BookSnapshot,
    BookUpdate,
    Forming,
    Gap,
    Item,
    Missed,
    OddFrameError,
    Ready,
    Ticker,
    WireTraits,
)
from tradewind.data.vendors.coinbase.stream_frames import (
    Levels,
    TradeRow,
    read_candles,
    read_envelope,
    read_levels,
    read_tickers,
    read_trades,
)
from tradewind.data.vendors.coinbase.stream_settings import (
    BOOK,
    CANDLES,
    HEARTBEATS,
    TICKER,
    TRADES,
    CoinbaseStreamSettings,
)

SUBSCRIPTIONS = "subscriptions"

_Read = Callable[[msgspec.Raw, int, int], list[Item]]
"""``(events, ts_event, ts_recv)`` to items."""

_BUYER_IS_MAKER = {"BUY": True, "SELL": False, "UNKNOWN_ORDER_SIDE": None}


class CoinbaseWire:
    """``products`` maps Coinbase's name of each product to the instrument."""

    traits = WireTraits(empty_bars=False)

    def __init__(
        self, url: str, products: Mapping[str, str], frame: Timeframe, settings: CoinbaseStreamSettings
    ) -> None:
        self.address = url
        self.sequence_repeated = 0
        """Messages with a number that was passed already."""
        self._products, self._channels = dict(products), settings.channels
        self._bars = TradeBars(frame, int(settings.grace_s * NS_PER_S))
        self._last: int | None = None
        self._books: dict[str, int] = {}
        self._candles: dict[str, int] = {}
        self._readers: dict[str, _Read] = {
            TRADES: self._trades,
            TICKER: self._tickers,
            "l2_data": self._levels,
            CANDLES: self._candle,
        }

    def opening(self) -> Sequence[str]:
        """One subscription a channel, heartbeats among them."""
        return [_ask("subscribe", HEARTBEATS), *(self._asked(channel) for channel in self._channels)]

    def ask_book(self, instrument_id: str) -> Sequence[str]:
        """Subscribe anew: the first message then is a snapshot."""
        product = next(name for name, known in self._products.items() if known == instrument_id)
        return [_ask("unsubscribe", BOOK, [product]), _ask("subscribe", BOOK, [product])]

    def on_disconnect(self) -> None:
        """The next connection counts from the beginning; the trades' own numbers go on."""
        self._last = None
        self._bars.cut()

    def read(self, frame: bytes, ts_recv: int) -> Sequence[Item]:
        """What one message says; one that comes again or late is asked for its trades alone."""
        envelope = read_envelope(frame)
        if envelope.type == "error":
            raise _refusal(envelope.message)
        if envelope.timestamp is None or envelope.sequence_num < 0 or not envelope.channel:
            raise OddFrameError("A message has no channel, time or number.")
        number, ts_event = envelope.sequence_num, to_ns(envelope.timestamp)
        if self._last is not None and number <= self._last:
            self.sequence_repeated += 1
            is_trades = envelope.channel == TRADES
            return self._trades(envelope.events, ts_event, ts_recv) if is_trades else ()
        items: list[Item] = []
        if self._last is not None and number > self._last + 1:
            self._bars.cut()
            items.append(Gap())
        if envelope.channel == SUBSCRIPTIONS:
            items.append(Ready())
        elif (reader := self._readers.get(envelope.channel)) is not None:
            items += reader(envelope.events, ts_event, ts_recv)
        self._last = number  # one that cannot be read is as good as lost
        return [*items, *self._bars.close_until(ts_event)]

    def _trades(self, events: msgspec.Raw, ts_event: int, ts_recv: int) -> list[Item]:
        items: list[Item] = []
        for event in read_trades(events):
            for trades in self._in_order(event.trades, ts_recv).values():
                instrument_id = trades[0].instrument_id
                known = self._bars.last_id(instrument_id)
                if event.type == "snapshot" and known is None:
                    items += self._bars.begin(trades)
                    continue
                if event.type == "snapshot":
                    trades = [trade for trade in trades if trade.trade_id > (known or 0)]
                    self._bars.mend(instrument_id)  # the next number tells, as always
                for trade in trades:
                    items.append(trade)
                    items += self._bars.take(trade)
        return items

    def _in_order(self, rows: Sequence[TradeRow], ts_recv: int) -> dict[str, list[Trade]]:
        found: dict[str, list[Trade]] = {}
        for row in sorted(rows, key=lambda row: row.trade_id):
            trade = Trade(
                ts_event=to_ns(row.time),
                instrument_id=self._instrument(row.product_id),
                trade_id=row.trade_id,
                price=row.price,
                quantity=row.size,
                buyer_is_maker=_BUYER_IS_MAKER[row.side],
                ts_recv=ts_recv,
            )
            found.setdefault(row.product_id, []).append(trade)
        return found

    def _tickers(self, events: msgspec.Raw, ts_event: int, ts_recv: int) -> list[Item]:
        rows = chain.from_iterable(event.tickers for event in read_tickers(events))
        return [
            Ticker(
                ts_event,
                Quote(
                    ts_event=ts_event,
                    instrument_id=self._instrument(row.product_id),
                    bid=row.best_bid,
                    ask=row.best_ask,
                    bid_size=row.best_bid_quantity,
                    ask_size=row.best_ask_quantity,
                    ts_recv=ts_recv,
                ),
            )
            for row in rows
        ]

    def _levels(self, events: msgspec.Raw, ts_event: int, ts_recv: int) -> list[Item]:
        return [self._book(event, ts_event, ts_recv) for event in read_levels(events)]

    def _book(self, event: Levels, ts_event: int, ts_recv: int) -> Item:
        """Books have no numbers of their own: they are counted, and what was lost is a gap of the feed."""
        instrument_id = self._instrument(event.product_id)
        bids: list[Level] = [
            (row.price_level, row.new_quantity) for row in event.updates if row.side == "bid"
        ]
        asks: list[Level] = [
            (row.price_level, row.new_quantity) for row in event.updates if row.side != "bid"
        ]
        number = self._books[instrument_id] = self._books.get(instrument_id, 0) + 1
        if event.type == "snapshot":
            snapshot = DepthSnapshot(last_update_id=number, bids=bids, asks=asks)
            return BookSnapshot(instrument_id, snapshot, ts_event, ts_recv)
        update = DepthUpdate(pair=event.product_id, first_id=number, last_id=number, bids=bids, asks=asks)
        return BookUpdate(instrument_id, update, ts_event, ts_recv)

    def _candle(self, events: msgspec.Raw, ts_event: int, ts_recv: int) -> list[Item]:
        items: list[Item] = []
        rows = list(chain.from_iterable(event.candles for event in read_candles(events)))
        for row in sorted(rows, key=lambda row: row.start):
            instrument_id, start_ns = self._instrument(row.product_id), row.start * NS_PER_S
            known = self._candles.get(instrument_id)
            if known is not None and start_ns > known:
                items.append(Missed(instrument_id))
            if known is None or start_ns > known:
                self._candles[instrument_id] = start_ns
                items.append(Forming(instrument_id, start_ns))
        return items if TRADES not in self._channels else []

    def _instrument(self, product_id: str) -> str:
        instrument_id = self._products.get(product_id)
        if instrument_id is None:
            message = f"Nobody subscribed to {product_id!r}."
            raise OddFrameError(message)
        return instrument_id

    def _asked(self, channel: str) -> str:
        return _ask("subscribe", channel, list(self._products))


def _ask(what: str, channel: str, products: Sequence[str] = ()) -> str:
    said: dict[str, object] = {"type": what, "channel": channel}
    return json.dumps({**said, "product_ids": list(products)} if products else said)


def _refusal(message: str) -> DataError:
    if "rate limit" in message.lower() or "too many" in message.lower():
        return RateLimitedError(f"Coinbase: {message}", "It is asked again later.")
    return DataError(f"Coinbase refuses: {message}", "Check the products at Coinbase.")
