"""What an entry on the bus is: its kinds and keys, and the wire format.

An entry has one field, ``e``: msgpack of ``[version, run, number, sent_ns, event]``. ``run`` names one life
of a publisher, ``number`` rises by one for each kind of event in it. By both a reader knows what came twice
and what is missing, whatever became of the server between.
"""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event, Quote
from tradewind.data.streams.ticks import BookMoved, Trade, TradeCancelled

VERSION = 1
"""Raised when an entry changes its meaning; a reader refuses others than its own."""
FIELD = b"e"


class Kind(StrEnum):
    """Each kind has a stream of its own, so that many quotes never push a bar out."""

    BARS = "bars"
    QUOTES = "quotes"
    TRADES = "trades"
    BOOKS = "books"
    SIGNS = "signs"


@dataclass(frozen=True)
class Room:
    """How many entries the server keeps of a kind (about), and how many wait while it is away."""

    kept: int
    waiting: int


ROOMS = {
    Kind.BARS: Room(20_000, 20_000),
    Kind.QUOTES: Room(5_000, 1_000),
    Kind.TRADES: Room(100_000, 50_000),
    Kind.BOOKS: Room(20_000, 1_000),
    Kind.SIGNS: Room(1_000, 100),
}


class Beat(Event, frozen=True, kw_only=True, gc=False, tag="beat"):
    """The publisher lives; ``up`` says whether its own source does."""

    up: bool = False


BusEvent = Bar | Quote | Trade | TradeCancelled | BookMoved | FeedStatus | Beat

_KINDS: dict[type[Event], Kind] = {
    Bar: Kind.BARS,
    Quote: Kind.QUOTES,
    Trade: Kind.TRADES,
    TradeCancelled: Kind.TRADES,
    BookMoved: Kind.BOOKS,
    FeedStatus: Kind.SIGNS,
    Beat: Kind.SIGNS,
}


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One event on the bus. ``sent_ns`` is the publisher's clock when it was offered."""

    version: int
    run: str
    number: int
    sent_ns: int
    event: BusEvent


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Entry)


def kind_of(event: Event) -> Kind | None:
    """The stream that an event belongs to; None for one that the bus does not carry."""
    return _KINDS.get(type(event))


def stream_key(namespace: str, source: str, timeframe: str, kind: Kind) -> str:
    """The key of one kind's stream."""
    return f"{namespace}:bus:{source}:{timeframe}:{kind.value}"


def encode_entry(entry: Entry) -> bytes:
    """The bytes of the field ``e``."""
    return _encoder.encode(entry)


def decode_entry(body: bytes) -> Entry:
    """The entry back; msgspec.DecodeError where the bytes are none."""
    return _decoder.decode(body)
