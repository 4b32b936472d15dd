"""Every event that the journal can hold, as one tagged union with one wire format.

Events are *inputs* (they come from outside the loop: market data, timers, forecasts, broker reports,
commands) or *decisions* (the reducer made them). A journal record tells which by its ``cause``: 0 for an
input, else the sequence of the input that led to it.
"""

import hashlib
from typing import get_args

import msgspec

from tradewind.core.accounts import (
    AccountSnapshot,
    CashMoved,
    CorporateAction,
    PositionAdjusted,
    PositionAdopted,
    TradeClosed,
)
from tradewind.core.book import MAIN_ACCOUNT
from tradewind.core.changes import (
    CapitalAllocated,
    ParameterChanged,
    TimerRequested,
    UniverseChosen,
    Value,
)
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
from tradewind.core.orders import (
    ORDER_WORDS,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    SubmissionUnknown,
)
from tradewind.core.parents import AlgorithmEnded, AlgorithmStarted
from tradewind.core.trading_calendar import TradingCalendar
from tradewind.core.usual_words import usual_words, with_usual_words
from tradewind.core.vocabulary import (
    ClockKind,
    FeedKind,
    PositionMode,
    PromotionOutcome,
    SessionMode,
    StageKind,
    VenueKind,
)

SCHEMA_VERSION = 2
"""Raised when a stored field changes its meaning; ``journal/versions.py`` reads older records."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A personal field, encrypted with a key that can be destroyed without breaking the chain."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


class AccountTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account of the session: its cash at the start in 1e-8 by currency, and where its orders go."""

    account: str = MAIN_ACCOUNT
    cash_e8: dict[str, int]
    broker: str = "simulated"
    position_mode: PositionMode = PositionMode.NETTING


PARAMETER = "parameters."
"""Before the name of an own strategy's parameter in :attr:`StrategyTerms.parameters`."""


class StrategyTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A strategy of the session: what it trades, on which bars, with which part of the equity."""

    strategy: str
    account: str = MAIN_ACCOUNT
    instrument_ids: tuple[str, ...] = ()
    """Empty for all that the session trades."""
    timeframe: str = ""
    """Of the bars that it hears; empty for all."""
    horizon_bars: int = 0
    capital_share: float = 1.0
    risk_level: float = 1.0
    """Scales its sizes; 1 is what its settings say."""
    position_mode: PositionMode = PositionMode.NETTING
    parameters: dict[str, Value] = msgspec.field(default_factory=dict)
    """Its kind and models; of an own one ``use``, ``sha256`` and each parameter, the defaults too."""

    @property
    def own_parameters(self) -> dict[str, Value]:
        """Parameters of an own strategy, by their own names."""
        return {k.removeprefix(PARAMETER): v for k, v in self.parameters.items() if k.startswith(PARAMETER)}


class ModelTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model of the session: which fit it is (``sha256`` of its files), and what it forecasts."""

    model: str
    version: str
    sha256: str = ""
    timeframe: str = "1d"
    horizon_bars: int = 0


class Wiring(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a mode is: which clock, feed and venue, and where factor rows and forecasts are made."""

    clock: ClockKind = ClockKind.RECORDED
    feed: FeedKind = FeedKind.RECORDED
    venue: VenueKind = VenueKind.SIMULATED
    factors: StageKind = StageKind.IN_LOOP
    forecasts: StageKind = StageKind.IN_LOOP


class SessionStarted(Event, frozen=True, kw_only=True, gc=False, tag="session_started"):
    """First record of a session: all that is fixed about it, and the only place that says so.

    ``configuration`` is what was in force, as JSON; ``plugins`` the plug-ins that are active, by kind.
    """

    session_id: str
    mode: SessionMode
    base_currency: str
    accounts: tuple[AccountTerms, ...]
    instruments: tuple[Instrument, ...]
    strategies: tuple[StrategyTerms, ...] = ()
    wiring: Wiring = Wiring()
    factor_names: tuple[str, ...] = ()
    models: tuple[ModelTerms, ...] = ()
    plugins: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    configuration: str = ""
    seed: int = 0
    notes: tuple[str, ...] = ()
    """Statements that a reader of the journal must see, such as *synthetic data*."""
    calendars: tuple[TradingCalendar, ...] = ()
    """Trading days of the instruments' calendars over the session, as they were known at its start."""


class SessionOpened(Event, frozen=True, kw_only=True, gc=False, tag="session_opened"):
    """Warm-up is over: from here on bars are traded on."""


class SessionEnded(Event, frozen=True, kw_only=True, gc=False, tag="session_ended"):
    """The feed is at its end, or the session was stopped in good order."""

    reason: str = ""


class Timer(Event, frozen=True, kw_only=True, gc=False, tag="timer"):
    """Time, as an event. ``name`` is one of :class:`TimerName`, or one that ``owner`` asked for."""

    name: str
    owner: str = ""


class Command(Event, frozen=True, kw_only=True, gc=False, tag="command"):
    """A person's word, through command line, API or file.

    ``verb`` is a :class:`Verb`: ``kill`` (argument a :class:`KillMode`), ``rearm`` (argument the breaker's
    key), ``set``
    (argument the parameter, ``value`` its new value) or ``stop``. ``ts_event`` is the session's own time when
    the driver heard it, ``ts_sent`` the sender's clock: a replayed session must not be thrown into the
    present.
    """

    verb: str
    argument: str = ""
    value: Value = 0.0
    operator: Sealed | None = None
    ts_sent: int = 0
    entry: int = 0
    """Its number in the inbox."""


class OverrideRecorded(Event, frozen=True, kw_only=True, gc=False, tag="override"):
    """Somebody lets a model trade that the promotion gate refused."""

    model: str
    reason: str
    gate_reasons: tuple[str, ...] = ()
    operator: Sealed | None = None


class ModelStatus(Event, frozen=True, kw_only=True, gc=False, tag="model_status"):
    """A model enters the session: its version, gate verdict and starting weight.

    ``timeframe`` and ``horizon_bars`` are those of its forecasts; empty in records that did not say so yet.
    """

    model: str
    model_version: str
    timeframe: str = ""
    horizon_bars: int = 0
    verdict: PromotionOutcome
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
    | OrderReplaced
    | SubmissionUnknown
    | CashMoved
    | CorporateAction
    | AccountSnapshot
    | PositionAdopted
    | UniverseChosen
    | CapitalAllocated
    | DecisionMade
    | OrderRequested
    | OrderRefused
    | CancelRequested
    | BreakerTripped
    | BreakerRearmed
    | AccountMarked
    | InstrumentFailed
    | CommandRefused
    | PositionAdjusted
    | TradeClosed
    | ParameterChanged
    | TimerRequested
    | AlgorithmStarted
    | AlgorithmEnded
    | SnapshotTaken
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)
_WITH_ORDER = (OrderRequested, OrderRefused, AlgorithmStarted)
_WORDS = {kind: words for kind in get_args(AnyEvent) if (words := usual_words(kind))}


def encode_event(event: Event) -> bytes:
    """The event's one wire format: msgpack of its fields under their names, with its ``type``.

    Equal events have equal bytes.
    """
    words = _WORDS.get(type(event))
    if words is not None:
        for name, usual in words:
            word = getattr(event, name)
            if word is not usual and word == usual:  # hardly ever: most words are the object, or another word
                event = with_usual_words(event, words)
                break
    elif isinstance(event, _WITH_ORDER):
        order = with_usual_words(event.order, ORDER_WORDS)
        if order is not event.order:
            event = msgspec.structs.replace(event, order=order)
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
