"""Binance's combined streams as a wire: what is listened to stands in the address."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from tradewind.core.market import Bar, Quote, Timeframe
from tradewind.data.stamps import UNITS, span_ns, unit_of
from tradewind.data.streams.ticks import Trade
from tradewind.data.streams.wire import BookUpdate, Forming, Item, OddFrameError, Ticker, WireTraits
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


class BinanceWire:
    """``routes`` maps a stream's name to ``(channel, instrument)``, as subscribed."""

    traits = WireTraits()

    def __init__(self, url: str, routes: Mapping[str, tuple[str, str]], timeframe: Timeframe) -> None:
        self.address = f"{url}/stream?streams={'/'.join(routes)}"
        self._interval, self._length_ns = timeframe.value, timeframe.length_ns
        readers: dict[str, Callable[[str, msgspec.Raw, int], Item]] = {
            KLINE: self._kline,
            TICKER: _ticker,
            TRADE: _trade,
            DEPTH: _depth,
        }
        self._routes = {
            name: (readers[channel], instrument_id) for name, (channel, instrument_id) in routes.items()
        }

    def opening(self) -> Sequence[str]:
        """Nothing: the address says it."""
        return ()

    def ask_book(self, instrument_id: str) -> Sequence[str]:
        """Nothing: snapshots are had over REST."""
        return ()

    def on_disconnect(self) -> None:
        """Nothing is remembered between frames."""

    def read(self, frame: bytes, ts_recv: int) -> Sequence[Item]:
        """One item a frame."""
        envelope = read_envelope(frame)
        route = self._routes.get(envelope.stream)
        if route is None:
            message = f"Nobody subscribed to {envelope.stream!r}."
            raise OddFrameError(message)
        return (route[0](route[1], envelope.data, ts_recv),)

    def _kline(self, instrument_id: str, body: msgspec.Raw, ts_recv: int) -> Item:
        kline = read_kline(body).kline
        opened, closed = span_ns(kline.start, kline.last)
        if kline.interval != self._interval or closed - opened != self._length_ns:
            message = f"A kline of {kline.interval} from {opened} to {closed} came for {self._interval}."
            raise OddFrameError(message)
        low, high = min(kline.open, kline.close), max(kline.open, kline.close)
        if kline.low > low or kline.high < high:
            raise OddFrameError("The open or close of a kline lies outside of its low and high.")
        if not kline.closed:
            return Forming(instrument_id, opened)
        return Bar(
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


def _ticker(instrument_id: str, body: msgspec.Raw, ts_recv: int) -> Item:
    ticker = read_ticker(body)
    quote = Quote(
        ts_event=_ns(ticker.time) if ticker.time else ts_recv,
        instrument_id=instrument_id,
        bid=ticker.bid,
        ask=ticker.ask,
        bid_size=ticker.bid_size,
        ask_size=ticker.ask_size,
        ts_recv=ts_recv,
    )
    return Ticker(ticker.update_id, quote)


def _trade(instrument_id: str, body: msgspec.Raw, ts_recv: int) -> Item:
    trade = read_trade(body)
    return Trade(
        ts_event=_ns(trade.time),
        instrument_id=instrument_id,
        trade_id=trade.trade_id,
        price=trade.price,
        quantity=trade.quantity,
        buyer_is_maker=trade.buyer_is_maker,
        ts_recv=ts_recv,
    )


def _depth(instrument_id: str, body: msgspec.Raw, ts_recv: int) -> Item:
    update = read_depth(body)
    return BookUpdate(instrument_id, update, _ns(update.time) if update.time else ts_recv, ts_recv)


def _ns(stamp: int) -> int:
    return stamp * UNITS[unit_of(stamp)]
