"""Coinbase's stream frames as types; figures come as text and are read as float64.

Source: Coinbase, "Advanced Trade WebSocket Channels". ``sequence_num`` counts the messages of a connection
one by one, over all of its channels. Times are RFC 3339 and kept to the microsecond.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from tradewind.data.streams.depth import Price, Size

Stamp = Annotated[datetime, msgspec.Meta(tz=True)]
Side = Annotated[float, msgspec.Meta(ge=0.0, lt=1e15)]
"""A best price; 0 where nobody bids or asks."""


class Envelope(msgspec.Struct, frozen=True):
    """Any frame, its events not read yet. An error has ``type`` and ``message`` alone."""

    channel: str = ""
    timestamp: Stamp | None = None
    sequence_num: int = -1
    events: msgspec.Raw = msgspec.Raw(b"[]")
    type: str = ""
    message: str = ""


class TradeRow(msgspec.Struct, frozen=True):
    """One trade; ``side`` is the maker's."""

    trade_id: int
    product_id: str
    price: Price
    size: Annotated[float, msgspec.Meta(gt=0.0, lt=1e18)]
    side: Literal["BUY", "SELL", "UNKNOWN_ORDER_SIDE"]
    time: Stamp


class Trades(msgspec.Struct, frozen=True):
    """``market_trades``: the last ones at first (``snapshot``), then new ones; newest first."""

    type: Literal["snapshot", "update"]
    trades: list[TradeRow]


class TickerRow(msgspec.Struct, frozen=True):
    """Best bid and ask of a product."""

    product_id: str
    best_bid: Side
    best_ask: Side
    best_bid_quantity: Size
    best_ask_quantity: Size


class Tickers(msgspec.Struct, frozen=True):
    """``ticker``."""

    type: Literal["snapshot", "update"]
    tickers: list[TickerRow]


class LevelRow(msgspec.Struct, frozen=True):
    """A level's new size; 0 takes it away."""

    side: Literal["bid", "offer"]
    price_level: Price
    new_quantity: Size


class Levels(msgspec.Struct, frozen=True):
    """``l2_data``: a whole book, then changes."""

    type: Literal["snapshot", "update"]
    product_id: str
    updates: list[LevelRow]


class CandleRow(msgspec.Struct, frozen=True):
    """A 5-minute candle as it stands; ``start`` in UNIX seconds."""

    start: int
    product_id: str
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Size


class Candles(msgspec.Struct, frozen=True):
    """``candles``."""

    type: Literal["snapshot", "update"]
    candles: list[CandleRow]


read_envelope = msgspec.json.Decoder(Envelope).decode
read_trades = msgspec.json.Decoder(list[Trades], strict=False).decode
read_tickers = msgspec.json.Decoder(list[Tickers], strict=False).decode
read_levels = msgspec.json.Decoder(list[Levels], strict=False).decode
read_candles = msgspec.json.Decoder(list[Candles], strict=False).decode
