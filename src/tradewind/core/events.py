"""Every event that the journal can hold, as one tagged union with one wire format.

Events are *inputs* (they come from outside the loop: market data, timers, forecasts, broker reports,
commands) or *decisions* (the reducer made them). A journal record tells which by its ``cause``: 0 for an
input, else the sequence of the input that led to it.
"""

import hashlib

import msgspec

from tradewind.core.decisions import (
    AccountMarked,
    BreakerRearmed,
    BreakerTripped,
    CancelRequested,
    CommandRefused,
    DecisionMade,
    InstrumentFailed,
    OrderRefused,
    OrderRequested,
)
from tradewind.core.forecasts import FactorRow, Forecast, ForecastFailed
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Event, GaugeRead, Quote
from tradewind.core.orders import OrderAccepted, OrderCanceled, OrderExpired, OrderFilled, OrderRejected

SCHEMA_VERSION = 2
"""Raised when a stored field changes its meaning; ``journal/versions.py`` reads older records."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A personal field, encrypted with a key that can be destroyed without breaking the chain."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


class SessionStarted(Event, frozen=True, kw_only=True, gc=False, tag="session_started"):
    """First record of a session: all that the reducer needs to know that is not market data."""

    session_id: str
    mode: str
    base_currency: str
    cash_e8: int
    instruments: tuple[Instrument, ...]
    factor_names: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    strategy: str = ""
    parameters: dict[str, float] = msgspec.field(default_factory=dict)
    seed: int = 0
    notes: tuple[str, ...] = ()
    """Statements that a reader of the journal must see, such as *synthetic data*."""


class SessionOpened(Event, frozen=True, kw_only=True, gc=False, tag="session_opened"):
    """Warm-up is over: from here on bars are traded on."""


class SessionEnded(Event, frozen=True, kw_only=True, gc=False, tag="session_ended"):
    """The feed is at its end, or the session was stopped in good order."""

    reason: str = ""


class Timer(Event, frozen=True, kw_only=True, gc=False, tag="timer"):
    """Time, as an event. ``name`` is ``cycle``, ``deadline``, or a strategy's own."""

    name: str


class Command(Event, frozen=True, kw_only=True, gc=False, tag="command"):
    """A person's word, through command line, API or file.

    ``verb`` is ``kill`` (argument ``liquidate`` or ``freeze``), ``rearm`` (argument the breaker's key),
    ``set`` (argument the parameter, ``value`` its new value) or ``stop``.
    """

    verb: str
    argument: str = ""
    value: float = 0.0
    operator: Sealed | None = None


class OverrideRecorded(Event, frozen=True, kw_only=True, gc=False, tag="override"):
    """Somebody lets a model trade that the promotion gate refused."""

    model: str
    reason: str
    gate_reasons: tuple[str, ...] = ()
    operator: Sealed | None = None


class ModelStatus(Event, frozen=True, kw_only=True, gc=False, tag="model_status"):
    """A model enters the session: its version, gate verdict and starting weight."""

    model: str
    model_version: str
    verdict: str
    weight: float
    reasons: tuple[str, ...] = ()
    """Why the gate accepted or refused it, in words with numbers."""
    figures: dict[str, float] = msgspec.field(default_factory=dict)


class FeedStatus(Event, frozen=True, kw_only=True, gc=False, tag="feed_status"):
    """A feed was lost, came back or was switched."""

    feed: str
    status: str
    detail: str = ""


class SnapshotTaken(Event, frozen=True, kw_only=True, gc=False, tag="snapshot_taken"):
    """The whole state was kept beside the records, as it was after record ``of_seq``; an input to nobody.

    ``sha256`` (hex) ties the kept bytes to the chain, so that another state is never traded on.
    """

    of_seq: int
    sha256: str
    size: int


AnyEvent = (
    SessionStarted
    | SessionOpened
    | SessionEnded
    | Bar
    | Quote
    | GaugeRead
    | Timer
    | Command
    | OverrideRecorded
    | ModelStatus
    | FeedStatus
    | FactorRow
    | Forecast
    | ForecastFailed
    | OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrderCanceled
    | OrderExpired
    | DecisionMade
    | OrderRequested
    | OrderRefused
    | CancelRequested
    | BreakerTripped
    | BreakerRearmed
    | AccountMarked
    | InstrumentFailed
    | CommandRefused
    | SnapshotTaken
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)


def encode_event(event: Event) -> bytes:
    """The event's one wire format: msgpack of its fields under their names, with its ``type``."""
    return _encoder.encode(event)


def decode_event(body: bytes) -> AnyEvent:
    """The event back; msgspec.ValidationError when the bytes are none."""
    return _decoder.decode(body)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal. ``version`` is ``schema/code``, such as ``2/0.1.0``."""

    seq: int
    cause: int
    version: str
    event: AnyEvent
    hash: bytes


def content_hash(data: bytes) -> str:
    """First 16 hex digits of SHA-256: enough to tell two inputs apart in a record."""
    return hashlib.sha256(data).hexdigest()[:16]
