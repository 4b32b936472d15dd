"""What a module ``NAME_wire.py`` in this folder says of the live feed NAME, as ``VENDOR``.

It is written from a recorded payload or from the vendor's documentation, never from our parser: it knows no
code of ours. Each says in its first lines which of the two it is.

All play one market: the minute that ends ``n`` minutes after midnight UTC of 1 March 2024 opens at
``100 + n``, goes one up and one down, and closes half above its open, with a volume of 3.25.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from websockets.asyncio.server import ServerConnection

START_NS = 1_709_251_200 * 10**9
MINUTE_NS = 60 * 10**9
FIRST = 900
"""10 o'clock in New York, so that stocks trade."""


class Feed(Protocol):
    """One connection, as the vendor serves it. Frames are numbered as they are made."""

    async def greet(self, socket: ServerConnection) -> None:
        """From the opening until the first market data; what it refuses it says, and closes."""
        ...

    def bar(self, symbol: str, minute: int) -> list[bytes]:
        """All that makes the minute that ends then, and shows that it is over."""
        ...

    def quote(self, symbol: str, minute: float, bid: float, ask: float) -> list[bytes]:
        """A best bid and ask."""
        ...

    def trade(self, symbol: str, number: int) -> list[bytes]:
        """Trade ``number`` of the minute ``FIRST``, at 100.5, 2 units, where the seller took."""
        ...


@dataclass(frozen=True)
class Vendor:
    """``symbols`` are the vendor's, by our instruments; ``trades`` are the channels with single trades."""

    symbols: Mapping[str, str]
    open_feed: Callable[[], Feed]
    trades: tuple[str, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    """What the address must begin with, behind the host."""
    says_side: bool = True
    malformed: tuple[bytes, ...] = ()
    """Frames of its own that cannot be right."""


def iso(ns: int) -> str:
    """RFC 3339 with nanoseconds."""
    moment = datetime.fromtimestamp(ns // 10**9, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ns % 10**9:09d}Z"


def at(minute: float) -> int:
    return START_NS + int(minute * MINUTE_NS)
