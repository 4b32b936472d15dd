"""Alpaca's stream messages as types; a frame is a list of them, told apart by ``T``.

Source: Alpaca, "Real-time Stock Data" and "WebSocket Stream". Times are RFC 3339 with nanoseconds, kept to
the microsecond; a bar's is its open.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from tradewind.data.streams.depth import Price, Size

Stamp = Annotated[datetime, msgspec.Meta(tz=True)]
Side = Annotated[float, msgspec.Meta(ge=0.0, lt=1e15)]
Quantity = Annotated[float, msgspec.Meta(gt=0.0, lt=1e18)]


class Success(msgspec.Struct, frozen=True, tag_field="T", tag="success"):
    """``connected``, then ``authenticated``."""

    msg: str


class Failure(msgspec.Struct, frozen=True, tag_field="T", tag="error"):
    """A refusal, by number."""

    code: int
    msg: str


class Subscription(msgspec.Struct, frozen=True, tag_field="T", tag="subscription"):
    """All that is subscribed to now."""

    trades: list[str] = []
    quotes: list[str] = []
    bars: list[str] = []
    updatedBars: list[str] = []  # noqa: N815 - the vendor's name
    dailyBars: list[str] = []  # noqa: N815 - the vendor's name


class TradeRow(msgspec.Struct, frozen=True, tag_field="T", tag="t"):
    """A trade; its id is told apart from others', not numbered."""

    symbol: str = msgspec.field(name="S")
    trade_id: int = msgspec.field(name="i")
    price: Price = msgspec.field(name="p")
    size: Quantity = msgspec.field(name="s")
    time: Stamp = msgspec.field(name="t")


class QuoteRow(msgspec.Struct, frozen=True, tag_field="T", tag="q"):
    """Best bid and ask; 0 is a side that is not there."""

    symbol: str = msgspec.field(name="S")
    bid: Side = msgspec.field(name="bp")
    ask: Side = msgspec.field(name="ap")
    time: Stamp = msgspec.field(name="t")


class _Bar(msgspec.Struct, frozen=True):
    symbol: str = msgspec.field(name="S")
    open: Price = msgspec.field(name="o")
    high: Price = msgspec.field(name="h")
    low: Price = msgspec.field(name="l")
    close: Price = msgspec.field(name="c")
    volume: Size = msgspec.field(name="v")
    time: Stamp = msgspec.field(name="t")


class BarRow(_Bar, frozen=True, tag_field="T", tag="b"):
    """A minute that has closed."""


class RevisedRow(_Bar, frozen=True, tag_field="T", tag="u"):
    """The minute again, with trades that came late."""


class DailyRow(_Bar, frozen=True, tag_field="T", tag="d"):
    """The day so far."""


class CorrectionRow(msgspec.Struct, frozen=True, tag_field="T", tag="c"):
    """A trade (``o...``) that should have been another (``c...``)."""

    symbol: str = msgspec.field(name="S")
    old_id: int = msgspec.field(name="oi")
    old_price: Price = msgspec.field(name="op")
    old_size: Quantity = msgspec.field(name="os")
    trade_id: int = msgspec.field(name="ci")
    price: Price = msgspec.field(name="cp")
    size: Quantity = msgspec.field(name="cs")
    time: Stamp = msgspec.field(name="t")


class CancelRow(msgspec.Struct, frozen=True, tag_field="T", tag="x"):
    """A trade that does not count."""

    symbol: str = msgspec.field(name="S")
    trade_id: int = msgspec.field(name="i")
    price: Price = msgspec.field(name="p")
    size: Quantity = msgspec.field(name="s")
    time: Stamp = msgspec.field(name="t")


Row = (
    Success
    | Failure
    | Subscription
    | TradeRow
    | QuoteRow
    | BarRow
    | RevisedRow
    | DailyRow
    | CorrectionRow
    | CancelRow
)

read_rows = msgspec.json.Decoder(list[Row]).decode
