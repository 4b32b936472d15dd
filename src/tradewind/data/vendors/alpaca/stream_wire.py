"""Alpaca's feed of US stocks as a wire: it wants a key first, then a subscription."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tradewind.core.errors import DataError, MissingKeyError, NetworkError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Quote, Timeframe
from tradewind.core.timestamps import iso, to_ns
from tradewind.data.policy.redaction import Secret
from tradewind.data.streams.bar_grid import BarGrid
from tradewind.data.streams.ticks import Trade, TradeCancelled
from tradewind.data.streams.wire import (
    Answer,
    Item,
    OddFrameError,
    Ready,
    Revised,
    Ticker,
    WireTraits,
)
from tradewind.data.vendors.alpaca.stream_frames import (
    BarRow,
    CancelRow,
    CorrectionRow,
    DailyRow,
    Failure,
    QuoteRow,
    RevisedRow,
    Subscription,
    Success,
    TradeRow,
    read_rows,
)
from tradewind.data.vendors.alpaca.stream_settings import BARS, CALENDAR

_PASSING = (404, 406, 407, 500)
"""Slow to authenticate, another connection still open, too slow a reader, its own fault."""
_KEYS = (401, 402, 409)


class AlpacaWire:
    """``symbols`` maps Alpaca's name of each stock to the instrument."""

    traits = WireTraits(calendar=CALENDAR, numbered_trades=False, empty_bars=False, locks=True)

    def __init__(
        self,
        url: str,
        symbols: Mapping[str, str],
        channels: Sequence[str],
        api_key: Secret,
        api_secret: Secret,
    ) -> None:
        self.address = url
        self.bars_outside_hours = 0
        self._symbols, self._channels = dict(symbols), tuple(channels)
        self._api_key, self._api_secret = api_key, api_secret
        self._grid = BarGrid(CALENDAR, Timeframe.M1)
        self._readers: dict[type, Callable[[Any, int], Sequence[Item]]] = {
            Success: self._success,
            Failure: _refuse,
            Subscription: self._subscribed,
            TradeRow: self._trade,
            QuoteRow: self._quote,
            BarRow: self._bar,
            RevisedRow: self._revised,
            DailyRow: self._daily,
            CorrectionRow: self._corrected,
            CancelRow: self._cancelled,
        }

    def opening(self) -> Sequence[str]:
        """Nothing: Alpaca speaks first."""
        return ()

    def ask_book(self, instrument_id: str) -> Sequence[str]:
        """There are no books of stocks."""
        return ()

    def on_disconnect(self) -> None:
        """Nothing is remembered between frames."""

    def read(self, frame: bytes, ts_recv: int) -> Sequence[Item]:
        """All messages of a frame, in its order."""
        readers = self._readers
        return [item for row in read_rows(frame) for item in readers[type(row)](row, ts_recv)]

    def _success(self, row: Success, ts_recv: int) -> Sequence[Item]:
        if row.msg == "connected":
            keys = {"key": self._api_key.reveal(), "secret": self._api_secret.reveal()}
            return (Answer(json.dumps({"action": "auth", **keys})),)
        if row.msg == "authenticated":
            wanted = {channel: list(self._symbols) for channel in self._channels}
            return (Answer(json.dumps({"action": "subscribe", **wanted})),)
        return ()

    def _subscribed(self, row: Subscription, ts_recv: int) -> Sequence[Item]:
        missing = sorted(set(self._symbols) - set(getattr(row, BARS)))
        if missing:
            message = f"Alpaca leaves out {', '.join(missing)}."
            raise DataError(message, "Check the symbols, and how many your plan allows.")
        return (Ready(),)

    def _trade(self, row: TradeRow, ts_recv: int) -> Sequence[Item]:
        trade = Trade(
            ts_event=to_ns(row.time),
            instrument_id=self._instrument(row.symbol),
            trade_id=row.trade_id,
            price=row.price,
            quantity=row.size,
            ts_recv=ts_recv,
        )
        return (trade,)

    def _quote(self, row: QuoteRow, ts_recv: int) -> Sequence[Item]:
        """Sizes are left out: they come in round lots, which are not 100 shares of every stock."""
        ts_event = to_ns(row.time)
        quote = Quote(
            ts_event=ts_event,
            instrument_id=self._instrument(row.symbol),
            bid=row.bid,
            ask=row.ask,
            ts_recv=ts_recv,
        )
        return (Ticker(ts_event, quote),)

    def _bar(self, row: BarRow | RevisedRow, ts_recv: int) -> Sequence[Bar]:
        """One, or none outside of hours: a session's bars are those of its calendar."""
        instrument_id, opened = self._instrument(row.symbol), to_ns(row.time)
        closed = opened + Timeframe.M1.length_ns
        low, high = min(row.open, row.close), max(row.open, row.close)
        if opened % Timeframe.M1.length_ns or row.low > low or row.high < high:
            message = (
                f"A bar of {row.symbol} at {iso(opened)} is no minute, or its open or close lies outside."
            )
            raise OddFrameError(message)
        if not self._grid.is_end(closed):
            self.bars_outside_hours += 1
            return ()
        bar = Bar(
            ts_event=closed,
            instrument_id=instrument_id,
            open=row.open,
            high=row.high,
            low=row.low,
            close=row.close,
            volume=row.volume,
            timeframe=Timeframe.M1.value,
            ts_recv=max(ts_recv, closed),
            ts_open=opened,
        )
        return (bar,)

    def _revised(self, row: RevisedRow, ts_recv: int) -> Sequence[Item]:
        return [Revised(bar, self._said(bar)) for bar in self._bar(row, ts_recv)]

    def _said(self, bar: Bar) -> FeedStatus:
        detail = (
            f"The bar of {bar.instrument_id} at {iso(bar.ts_event)} was revised by late trades: it closes at"
            f" {bar.close:g} with volume {bar.volume:g}."
        )
        feed = f"alpaca:{bar.instrument_id}"
        return FeedStatus(ts_event=bar.ts_recv, feed=feed, status="revised", detail=detail)

    def _daily(self, row: DailyRow, ts_recv: int) -> Sequence[Item]:
        """Read for its shape alone: a day that is not over is no bar."""
        self._instrument(row.symbol)
        return ()

    def _corrected(self, row: CorrectionRow, ts_recv: int) -> Sequence[Item]:
        instrument_id, ts_event = self._instrument(row.symbol), to_ns(row.time)
        gone = TradeCancelled(
            ts_event=ts_event,
            instrument_id=instrument_id,
            trade_id=row.old_id,
            price=row.old_price,
            quantity=row.old_size,
            ts_recv=ts_recv,
        )
        trade = Trade(
            ts_event=ts_event,
            instrument_id=instrument_id,
            trade_id=row.trade_id,
            price=row.price,
            quantity=row.size,
            ts_recv=ts_recv,
        )
        return (gone, trade)

    def _cancelled(self, row: CancelRow, ts_recv: int) -> Sequence[Item]:
        gone = TradeCancelled(
            ts_event=to_ns(row.time),
            instrument_id=self._instrument(row.symbol),
            trade_id=row.trade_id,
            price=row.price,
            quantity=row.size,
            ts_recv=ts_recv,
        )
        return (gone,)

    def _instrument(self, symbol: str) -> str:
        instrument_id = self._symbols.get(symbol)
        if instrument_id is None:
            message = f"Nobody subscribed to {symbol!r}."
            raise OddFrameError(message)
        return instrument_id


def _refuse(row: Failure, ts_recv: int) -> Sequence[Item]:
    said = f"Alpaca refuses ({row.code}): {row.msg}."
    if row.code in _PASSING:
        raise NetworkError(said, "Another connection is tried; an account has one at a time.")
    if row.code in _KEYS:
        step = (
            "Check TRADEWIND_ALPACA_API_KEY and TRADEWIND_ALPACA_API_SECRET, and that your plan has the feed."
        )
        raise MissingKeyError(said, step)
    raise DataError(said, "Ask for fewer symbols, or for those that Alpaca has.")
