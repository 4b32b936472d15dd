"""What a vendor's live feed has of its own: the rest of a stream is the same for all.

A wire knows an address, what to say there, and how a frame is read. It keeps no connection and no order:
:class:`~tradewind.data.streams.socket_stream.SocketStream` connects, watches, mends and hands on.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from tradewind.core.market import Bar, Quote
from tradewind.data.streams.depth import DepthUpdate
from tradewind.data.streams.ticks import Trade


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


Item = Bar | Trade | Ready | Answer | Forming | Ticker | BookUpdate
"""What a frame can hold."""


class Wire(Protocol):
    """One vendor's feed of certain instruments and one timeframe."""

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

    def on_disconnect(self) -> None:
        """What comes next does not join on to what came."""
        ...
