"""All that the reducer remembers, in one structure that a snapshot can hold."""

import msgspec

from tradewind.core.book import Book
from tradewind.core.errors import JournalError
from tradewind.core.events import SessionStarted

REMEMBERED_REPORTS = 10_000


class EngineState(msgspec.Struct, kw_only=True):
    """The reducer's memory besides what strategy and factor stage keep themselves."""

    session_id: str
    book: Book
    opened: bool = False
    ended: bool = False
    closing: dict[str, str] = msgspec.field(default_factory=dict)
    """Instruments that are being closed by a breaker or a person, with the reason."""
    close_orders_made: int = 0
    seen_trades: dict[str, None] = msgspec.field(default_factory=dict)
    """Trade ids already booked, oldest first, so that a repeated report changes nothing."""
    closed_orders: dict[str, None] = msgspec.field(default_factory=dict)
    """Orders that came to an end, oldest first, so that a late report is told from an unknown one."""


class StateBlob(msgspec.Struct, kw_only=True):
    """What a snapshot holds: the engine's state and that of the parts it asks."""

    engine: EngineState
    strategy: bytes
    factors: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(StateBlob)


def state_from(start: SessionStarted) -> EngineState:
    """A fresh state: cash paid in, nothing held."""
    book = Book(
        base_currency=start.base_currency,
        instruments={instrument.id: instrument for instrument in start.instruments},
        cash_e8={start.base_currency: start.cash_e8},
        rate_e8={},
        now_ns=start.ts_event,
        equity_e8=start.cash_e8,
        start_equity_e8=start.cash_e8,
        high_water_e8=start.cash_e8,
        day_start_equity_e8=start.cash_e8,
        cash_paid_in_e8=start.cash_e8,
    )
    return EngineState(session_id=start.session_id, book=book)


def encode_state(blob: StateBlob) -> bytes:
    """Bytes of a snapshot; equal states give equal bytes."""
    return _encoder.encode(blob)


def decode_state(data: bytes) -> StateBlob:
    """The state back; JournalError when the bytes are none."""
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError as error:
        message = f"The snapshot cannot be read: {error}."
        raise JournalError(
            message, "Recover by full replay: the records themselves are not affected."
        ) from error


def remember(known: dict[str, None], key: str) -> None:
    """Enter ``key``, forgetting the oldest beyond the bound."""
    known[key] = None
    if len(known) > REMEMBERED_REPORTS:
        del known[next(iter(known))]
