"""Binance's stream frames as types; figures come as text and are read as float64.

Source: Binance Spot API, "WebSocket Streams"; futures add fields, which are ignored. Times are milliseconds,
or microseconds where a connection asks for them; the handler tells by their size.
"""

from typing import Annotated

import msgspec

from tradewind.core.market import Timeframe
from tradewind.data.streams.depth import DepthUpdate, Price, Size
from tradewind.data.vendors.binance.symbols import binance_symbol

KLINE, TICKER, TRADE, DEPTH = "kline", "bookTicker", "trade", "depth"
CHANNELS = (KLINE, TICKER, TRADE, DEPTH)


class Kline(msgspec.Struct, frozen=True):
    """One bar as it stands; ``closed`` when it will not change any more."""

    start: int = msgspec.field(name="t")
    last: int = msgspec.field(name="T")
    interval: str = msgspec.field(name="i")
    open: Price = msgspec.field(name="o")
    high: Price = msgspec.field(name="h")
    low: Price = msgspec.field(name="l")
    close: Price = msgspec.field(name="c")
    volume: Size = msgspec.field(name="v")
    closed: bool = msgspec.field(name="x")


class KlineFrame(msgspec.Struct, frozen=True):
    """``<symbol>@kline_<interval>``."""

    pair: str = msgspec.field(name="s")
    kline: Kline = msgspec.field(name="k")


class TickerFrame(msgspec.Struct, frozen=True):
    """``<symbol>@bookTicker``: best bid and ask after update ``update_id``; spot has no time of its
    own.
    """

    update_id: int = msgspec.field(name="u")
    pair: str = msgspec.field(name="s")
    bid: Price = msgspec.field(name="b")
    bid_size: Size = msgspec.field(name="B")
    ask: Price = msgspec.field(name="a")
    ask_size: Size = msgspec.field(name="A")
    time: int = msgspec.field(name="T", default=0)


class TradeFrame(msgspec.Struct, frozen=True):
    """``<symbol>@trade``."""

    pair: str = msgspec.field(name="s")
    trade_id: int = msgspec.field(name="t")
    price: Price = msgspec.field(name="p")
    quantity: Annotated[float, msgspec.Meta(gt=0.0, lt=1e18)] = msgspec.field(name="q")
    time: int = msgspec.field(name="T")
    buyer_is_maker: bool = msgspec.field(name="m")


class Envelope(msgspec.Struct, frozen=True):
    """A frame of a combined stream: which stream, and its body not read yet."""

    stream: str
    data: msgspec.Raw


read_envelope = msgspec.json.Decoder(Envelope).decode
read_kline = msgspec.json.Decoder(KlineFrame, strict=False).decode
read_ticker = msgspec.json.Decoder(TickerFrame, strict=False).decode
read_trade = msgspec.json.Decoder(TradeFrame, strict=False).decode
read_depth = msgspec.json.Decoder(DepthUpdate, strict=False).decode


def stream_names(instrument_id: str, timeframe: str, channels: tuple[str, ...]) -> dict[str, str]:
    """Stream name to channel, for one instrument: ``btcusdt@kline_1m`` and so on."""
    pair = binance_symbol(instrument_id).lower()
    names = {
        KLINE: f"{pair}@kline_{Timeframe(timeframe).value}",
        TICKER: f"{pair}@bookTicker",
        TRADE: f"{pair}@trade",
        DEPTH: f"{pair}@depth@100ms",
    }
    return {names[channel]: channel for channel in channels}
