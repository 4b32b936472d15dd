"""All that the reducer remembers, in one structure that a snapshot can hold."""

from sys import intern

import msgspec

from tradewind.core.book import Book, Ledger, PositionKey
from tradewind.core.changes import TimerRequested
from tradewind.core.errors import ConfigError, JournalError
from tradewind.core.events import SessionStarted, StrategyTerms
from tradewind.core.instruments import require_built
from tradewind.core.orders import AnyOrderState
from tradewind.core.vocabulary import PositionMode, VenueKind

REMEMBERED_REPORTS = 10_000
REMEMBERED_ENDS = 1_000


class EngineState(msgspec.Struct, kw_only=True):
    """The reducer's memory besides what strategies and factor stage keep themselves."""

    session_id: str
    book: Book
    started_ns: int = 0
    """The session's first moment: from then on an external broker is asked what it reported."""
    opened: bool = False
    ended: bool = False
    strategies: dict[str, StrategyTerms] = msgspec.field(default_factory=dict)
    """What each strategy trades and hears, as the session was begun."""
    universes: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """What a strategy may enter, where that was chosen; nothing of the others but to close it."""
    closing: dict[PositionKey, str] = msgspec.field(default_factory=dict)
    """Positions that are being closed by a breaker or a person, with the reason."""
    close_orders_made: int = 0
    timers: dict[str, TimerRequested] = msgspec.field(default_factory=dict)
    """Timers that were asked for and have not come, by owner and name."""
    seen_trades: dict[str, None] = msgspec.field(default_factory=dict)
    """Trade ids already booked, oldest first, so that a repeated report changes nothing."""
    seen_cash: dict[str, None] = msgspec.field(default_factory=dict)
    """References of cash movements already booked, oldest first."""
    closed_orders: dict[str, None] = msgspec.field(default_factory=dict)
    """Orders that came to an end, oldest first, so that a late report is told from an unknown one."""
    external: bool = False
    """Orders go to a broker outside of the process, whose reports come late, twice or in another order."""
    told_ns: int = 0
    """Everything that such a broker did before this moment has been told; 0 before it was first asked."""
    ended_short: dict[str, AnyOrderState] = msgspec.field(default_factory=dict)
    """Orders at such a broker that ended before they were filled whole, the newest: a fill may still come."""


class StateBlob(msgspec.Struct, kw_only=True):
    """What a snapshot holds: the engine's state and that of the parts it asks."""

    engine: EngineState
    strategies: dict[str, bytes]
    factors: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(StateBlob)


def state_from(start: SessionStarted) -> EngineState:
    """A fresh state: cash paid in, nothing held.

    Raises
    ------
    ConfigError
        An instrument, an account or a strategy asks for what the engine cannot carry out yet, by name.
    """
    instruments = {instrument.id: instrument for instrument in start.instruments}
    for instrument in start.instruments:
        require_built(instrument)
    modes = {terms.account: terms.position_mode for terms in start.accounts}
    modes |= {terms.strategy: terms.position_mode for terms in start.strategies}
    for name, mode in modes.items():
        if mode is not PositionMode.NETTING:
            message = f"{name} asks for {mode} positions, and only netting is carried out."
            raise ConfigError(message, "Leave position_mode out; two strategies never net with each other.")
    accounts = {
        terms.account: {
            currency: Ledger(cash_e8=cash, paid_in_e8=cash) for currency, cash in terms.cash_e8.items()
        }
        for terms in start.accounts
    }
    equity = sum(
        ledgers[start.base_currency].cash_e8
        for ledgers in accounts.values()
        if start.base_currency in ledgers
    )
    book = Book(
        base_currency=start.base_currency,
        session_id=start.session_id,
        instruments=instruments,
        accounts=accounts,
        shares={terms.strategy: terms.capital_share for terms in start.strategies},
        now_ns=start.ts_event,
        equity_e8=equity,
        start_equity_e8=equity,
        high_water_e8=equity,
        peak_e8=equity,
        day_start_equity_e8=equity,
    )
    strategies = {terms.strategy: terms for terms in start.strategies}
    return EngineState(
        session_id=start.session_id,
        book=book,
        started_ns=start.ts_event,
        strategies=strategies,
        external=start.wiring.venue is VenueKind.EXTERNAL,
    )


def encode_state(blob: StateBlob) -> bytes:
    """Bytes of a snapshot; equal states give equal bytes."""
    return _encoder.encode(blob)


def decode_state(data: bytes, strategies: set[str]) -> StateBlob:
    """The state back; JournalError when the bytes are none, or are of other strategies."""
    try:
        blob = _interned(_decoder.decode(data))
    except msgspec.DecodeError as error:
        message = f"The snapshot cannot be read: {error}."
        raise JournalError(
            message, "Recover by full replay: the records themselves are not affected."
        ) from error
    if blob.strategies.keys() != strategies:
        message = (
            f"The snapshot is of {', '.join(sorted(blob.strategies))}, not {', '.join(sorted(strategies))}."
        )
        raise JournalError(message, "Go on with the strategies that the session was begun with.")
    return blob


def remember(known: dict[str, None], key: str) -> None:
    """Enter ``key``, forgetting the oldest beyond the bound."""
    known[key] = None
    if len(known) > REMEMBERED_REPORTS:
        del known[next(iter(known))]


def remember_end(state: EngineState, ended: AnyOrderState) -> None:
    """Keep an order that ended short at a broker outside, forgetting the oldest beyond the bound."""
    if not state.external or ended.remaining_lots <= 0:
        return
    state.ended_short[ended.order.client_order_id] = ended
    if len(state.ended_short) > REMEMBERED_ENDS:
        del state.ended_short[next(iter(state.ended_short))]


def timer_key(owner: str, name: str) -> str:
    """Under which a timer that was asked for is kept: asked for again, it moves."""
    return f"{owner}:{name}"


def _interned(blob: StateBlob) -> StateBlob:
    """The state with the words of its keys as the one object that code has of each.

    What an event leaves out of its bytes as a default goes by identity: a word that came out of a snapshot
    must be the same object as before, or the same event would have other bytes after a restart.
    """
    engine, book = blob.engine, blob.engine.book
    book.positions = {_key(key): position for key, position in book.positions.items()}
    for key, position in book.positions.items():
        position.account, position.strategy, position.instrument_id = key
    engine.closing = {_key(key): reason for key, reason in engine.closing.items()}
    book.accounts = {intern(account): ledgers for account, ledgers in book.accounts.items()}
    return blob


def _key(key: PositionKey) -> PositionKey:
    return PositionKey(intern(key.account), intern(key.strategy), intern(key.instrument_id))
