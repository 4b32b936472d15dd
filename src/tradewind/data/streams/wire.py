"""What a vendor's live feed has of its own: the rest of a stream is the same for all.

A wire knows an address, what to say there, and how a frame is read. It keeps no connection and no order:
:class:`~tradewind.data.streams.socket_stream.SocketStream` connects, watches, mends and hands on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Quote
from tradewind.core.trading_calendar import ROUND_THE_CLOCK
from tradewind.data.streams.depth import DepthSnapshot, DepthUpdate
from tradewind.data.streams.ticks import BookMoved, Trade, TradeCancelled


class OddFrameError(Exception):
    """A frame that decodes and still cannot be right."""


class Ready(msgspec.Struct, frozen=True, gc=False):
    """The vendor has confirmed what was asked for."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """Say this to the vendor."""

    text: str


class Forming(msgspec.Struct, frozen=True, gc=False):
    """A bar is being made since ``start_ns``."""

    instrument_id: str
    start_ns: int


class Ticker(msgspec.Struct, frozen=True, gc=False):
    """A quote; one whose ``number`` is below an earlier one came late. 0 says nothing of order."""

    number: int
    quote: Quote


class BookUpdate(msgspec.Struct, frozen=True):
    """Changes of a book."""

    instrument_id: str
    update: DepthUpdate
    ts_event: int
    ts_recv: int


class BookSnapshot(msgspec.Struct, frozen=True):
    """A whole book, of a wire that brings it by itself."""

    instrument_id: str
    snapshot: DepthSnapshot
    ts_event: int
    ts_recv: int


class Missed(msgspec.Struct, frozen=True, gc=False):
    """A bar has closed that the wire cannot vouch for: it is fetched."""

    instrument_id: str


class NoBars(msgspec.Struct, frozen=True, gc=False):
    """Nothing was traded from the end of the last bar until another began."""

    instrument_id: str
    from_ns: int
    until_ns: int


class Revised(msgspec.Struct, frozen=True):
    """A closed bar as it stands after late trades; ``said`` tells those who have the earlier one."""

    bar: Bar
    said: FeedStatus


class Gap(msgspec.Struct, frozen=True, gc=False):
    """Messages were lost on the way, of whichever instruments."""


Item = (
    Bar
    | Trade
    | TradeCancelled
    | Ready
    | Answer
    | Forming
    | Missed
    | NoBars
    | Revised
    | Ticker
    | BookUpdate
    | BookSnapshot
    | Gap
    | BookMoved
    | FeedStatus
)
"""What a frame can hold."""


@dataclass(frozen=True)
class WireTraits:
    """How a vendor's feed differs from others.

    Attributes
    ----------
    calendar
        By it bars are due, and outside of its hours silence is no fault.
    numbered_trades
        Trades of an instrument are numbered one by one; otherwise their ids are only told apart.
    empty_bars
        There is a bar where nothing was traded. Without, a hole that its history does not know is no fault.
    locks
        Bid and ask may be equal, as between exchanges.
    """

    calendar: str = ROUND_THE_CLOCK
    numbered_trades: bool = True
    empty_bars: bool = True
    locks: bool = False


class Wire(Protocol):
    """One vendor's feed of certain instruments and one timeframe."""

    @property
    def traits(self) -> WireTraits:
        """What holds for all of its frames."""
        ...

    @property
    def address(self) -> str:
        """Where to connect."""
        ...

    def opening(self) -> Sequence[str]:
        """What is said as soon as the connection is there."""
        ...

    def read(self, frame: bytes, ts_recv: int) -> Sequence[Item]:
        """What a frame holds.

        Raises
        ------
        msgspec.DecodeError, MalformedPayloadError, OddFrameError
            It does not have its documented shape, or cannot be right: it is kept aside.
        StaleDataError, NetworkError, RateLimitedError
            The vendor ends this connection; another one is made.
        DataError
            Any other: the vendor refuses for good, such as for a wrong key.
        """
        ...

    def ask_book(self, instrument_id: str) -> Sequence[str]:
        """What to say so that a book's snapshot comes; empty where it is fetched beside the stream."""
        ...

    def on_disconnect(self) -> None:
        """What comes next does not join on to what came."""
        ...
