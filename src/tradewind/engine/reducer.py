"""The deterministic reducer: one event in, its decisions out. It reads nothing but state and event."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from tradewind.core.accounts import AccountSnapshot, CashMoved, CorporateAction, PositionAdopted
from tradewind.core.book import Book, note_results
from tradewind.core.changes import CapitalAllocated, ParameterChanged, TimerRequested, UniverseChosen
from tradewind.core.decisions import (
    BreakerRearmed,
    BreakerTripped,
    CancelRequested,
    CommandRefused,
    DecisionMade,
    InstrumentFailed,
    OrderRequested,
)
from tradewind.core.errors import ConfigError, JournalError, TradewindError
from tradewind.core.events import (
    AnyEvent,
    Command,
    SessionEnded,
    SessionOpened,
    SessionStarted,
    SnapshotTaken,
    Timer,
)
from tradewind.core.market import Bar, Event, GaugeRead, Quote
from tradewind.core.orders import (
    BrokerReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    SubmissionUnknown,
)
from tradewind.core.ports import BreakerBoard, FactorStage, OrderGate, Strategy, WarmedUp
from tradewind.core.vocabulary import TimerName, Verb
from tradewind.engine.actions import carry_out_trip, close_what_is_due, forget_breaker, obey
from tradewind.engine.admission import admit
from tradewind.engine.cash import adopt_position, allocation_fault, book_cash
from tradewind.engine.corporate_actions import carry_out_action
from tradewind.engine.marks import advance_time, mark_price, mark_quote, read_gauge, require_usable
from tradewind.engine.parents import Work, admit_plan, end_all_of, take_market, work_all
from tradewind.engine.reports import enter_trip, take_account, take_report, unexplained
from tradewind.engine.routes import Routes
from tradewind.engine.state import (
    EngineState,
    StateBlob,
    decode_state,
    encode_state,
    remember,
    state_from,
    timer_key,
)
from tradewind.engine.universe import choose
from tradewind.engine.valuation import marked

Planner = Callable[[DecisionMade, Book], Sequence[Event]]
"""Turns a decision's target into ``OrderRequested`` and ``CancelRequested`` proposals."""

Trail = Callable[[str, Book], Sequence[Event]]
"""Moves an instrument's trailing stops after its mark, as such proposals."""

_REPORTS = (
    OrderAccepted,
    OrderRejected,
    OrderFilled,
    OrderCanceled,
    OrderExpired,
    OrderReplaced,
    SubmissionUnknown,
)
_EFFECTS = frozenset({OrderRequested, CancelRequested})


class Reducer:
    """Owns the state and changes it in place; :meth:`step` is the only way in.

    The parts that it asks (strategies, gate, board, planner, factor stage) are pure too: same state and
    event, same answer. ``factors`` is None where factor rows arrive as events, ``work`` without an algorithm.
    """

    def __init__(
        self,
        strategies: Sequence[Strategy],
        gate: OrderGate,
        board: BreakerBoard,
        planner: Planner,
        factors: FactorStage | None = None,
        trail: Trail | None = None,
        work: Work | None = None,
    ) -> None:
        self._strategies = tuple(strategies)
        self._routes = Routes(self._strategies)
        self._gate = gate
        self._board = board
        self._planner = planner
        self._factors = factors
        self._trail = trail
        self._work = work
        self._handlers: dict[type, Callable[[Any], list[Event]]] = {
            Bar: self._on_bar,
            Quote: self._on_quote,
            GaugeRead: self._on_gauge,
            Timer: self._on_timer,
            Command: self._on_command,
            SessionStarted: self._on_started,
            SessionOpened: self._on_opened,
            SessionEnded: self._on_ended,
            CashMoved: self._on_cash,
            CorporateAction: self._on_action,
            AccountSnapshot: self._on_account,
            PositionAdopted: self._on_adopted,
            CapitalAllocated: self._on_allocated,
            UniverseChosen: lambda chosen: choose(self.state, chosen),
            SnapshotTaken: lambda _: [],
            **dict.fromkeys(_REPORTS, self._on_report),
        }

    state: EngineState
    """The state; JournalError before the session has started."""

    def __getattr__(self, name: str) -> NoReturn:
        """Asked only for what is not there yet: a plain attribute is the quickest that an event can read."""
        if name == "state":
            raise JournalError("No session has started.", "The first event must be SessionStarted.")
        raise AttributeError(name)

    def step(self, event: AnyEvent) -> list[Event]:
        """Take one input event and give the decisions that it led to, already in the state."""
        handler = self._handlers.get(type(event))
        if handler is not None:
            return handler(event)
        advance_time(self.state.book, event.ts_event)
        return self._ask(event)

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        factors = self._factors.snapshot() if self._factors is not None else b""
        strategies = {strategy.name: strategy.snapshot() for strategy in self._strategies}
        return encode_state(StateBlob(engine=self.state, strategies=strategies, factors=factors))

    def restore(self, data: bytes) -> None:
        """Become what was snapshot; JournalError where it is of other strategies."""
        blob = decode_state(data, {strategy.name for strategy in self._strategies})
        self.state = blob.engine
        for strategy in self._strategies:
            strategy.restore(blob.strategies[strategy.name])
        self._routes.follow(blob.engine.strategies)
        if self._factors is not None:
            self._factors.restore(blob.factors)

    # Start and end -----------------------------------------------------------------------------

    def _on_started(self, event: SessionStarted) -> list[Event]:
        self.state = state_from(event)
        self._routes.follow(self.state.strategies)
        return self._ask(event)

    def _on_opened(self, event: SessionOpened) -> list[Event]:
        self.state.opened, self.state.ended = True, False
        advance_time(self.state.book, event.ts_event)
        return self._ask(event)

    def _on_ended(self, event: SessionEnded) -> list[Event]:
        self.state.ended = True
        advance_time(self.state.book, event.ts_event)
        return [*self._ask(event), marked(self.state.book)]

    # Market data and time ----------------------------------------------------------------------

    def _on_bar(self, event: Bar) -> list[Event]:
        state = self.state
        book = state.book
        made: list[Event] = []
        try:
            require_usable(book.instruments, event)
            if self._factors is not None:
                made.extend(self._factors.on_event(event))
            new_day = advance_time(book, event.ts_event)
            moved = mark_price(book, event.instrument_id, event.close, event.ts_event)
        except TradewindError as error:  # a bar that cannot be used must not stop the other instruments
            return [*made, _failed(event, error)]
        take_market(book, event, self._work)
        if event.warmup:
            for strategy in self._routes.hearers(event):
                if isinstance(strategy, WarmedUp):
                    strategy.on_warmup(event)
            return made
        if moved or new_day or state.closing:
            made += self._watch()
        for strategy in self._routes.hearers(event):
            decided = strategy.on_event(event, book)
            if decided:
                made += self._admit_all(decided)
        if self._trail is not None and book.open_orders and not state.closing:
            made += self._admitted(self._trail(event.instrument_id, book))
        return self._worked(event, made)

    def _on_quote(self, event: Quote) -> list[Event]:
        book = self.state.book
        try:
            require_usable(book.instruments, event)
            new_day = advance_time(book, event.ts_event)
            moved = mark_quote(book, event)
        except TradewindError as error:
            return [_failed(event, error)]
        made = self._watch() if moved or new_day or self.state.closing else []
        made.extend(self._ask(event))
        return self._worked(event, made)

    def _on_gauge(self, event: GaugeRead) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        read_gauge(self.state.book, event)
        return [*self._watch_if_open(), *self._ask(event)]

    def _on_timer(self, event: Timer) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        self.state.timers.pop(timer_key(event.owner, event.name), None)
        made: list[Event] = []
        if self._factors is not None:
            for row in self._factors.on_event(event):
                made.append(row)
                made.extend(self._ask(row))
        if event.name == TimerName.CYCLE:
            note_results(self.state.book)
        made.extend(self._watch_if_open())
        made.extend(self._ask(event))
        if self.state.opened and event.name == TimerName.CYCLE:
            made.append(marked(self.state.book))
        return made

    # People ------------------------------------------------------------------------------------

    def _on_command(self, event: Command) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        try:
            made = obey(self.state, event, self._board)
            answered = self._ask(event)
            if event.verb == Verb.SET and not any(isinstance(one, ParameterChanged) for one in answered):
                message = f"There is no live parameter {event.argument!r}."
                raise ConfigError(
                    message, "Name one that a strategy of the session has, such as weight.MODEL."
                )
            made.extend(answered)
        except ConfigError as error:  # a wrong word must not stop a session
            return [
                CommandRefused(
                    ts_event=event.ts_event, verb=event.verb, argument=event.argument, reason=str(error)
                )
            ]
        made.extend(close_what_is_due(self.state))
        return made

    # Brokers and accounts ----------------------------------------------------------------------

    def _on_report(self, event: BrokerReport) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        made = take_report(self.state, event)
        for trip in list(made):
            if isinstance(trip, BreakerTripped):
                made.extend(carry_out_trip(self.state, trip))
        if isinstance(event, OrderFilled):
            made.extend(self._watch())
        elif self.state.closing and not isinstance(event, OrderRejected):
            # A rejected close is tried again with the next data or timer, not at once and for ever.
            made.extend(close_what_is_due(self.state))
        made.extend(self._ask(event))  # type: ignore[arg-type]
        return made

    def _on_cash(self, event: CashMoved) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        if event.reference and event.reference in self.state.seen_cash:
            return []
        try:
            book_cash(self.state.book, event)
        except TradewindError as error:
            return self._halted(f"Cash of {event.account} ({event.reason})", str(error))
        if event.reference:
            remember(self.state.seen_cash, event.reference)
        return [*self._watch_if_open(), *self._ask(event)]

    def _on_action(self, event: CorporateAction) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        try:
            made = carry_out_action(self.state.book, event)
            made += end_all_of(self.state.book, event.instrument_id, f"a {event.kind} came")
            if self._factors is not None:
                self._factors.on_event(event)
        except TradewindError as error:
            return self._halted(f"The {event.kind} of {event.instrument_id}", str(error))
        made.extend(self._watch_if_open())
        made.extend(self._ask(event))
        return made

    def _on_account(self, event: AccountSnapshot) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        found = take_account(self.state, event)
        made = self._halted(f"The account {event.account}", found) if found else []
        return [*made, *self._ask(event)]

    def _on_adopted(self, event: PositionAdopted) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        try:
            adopt_position(self.state.book, event)
        except TradewindError as error:
            return self._halted(f"A holding of {event.instrument_id}", str(error))
        return [*self._watch_if_open(), *self._ask(event)]

    def _on_allocated(self, event: CapitalAllocated) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        return self._share_out(event) or self._ask(event)

    def _share_out(self, event: CapitalAllocated) -> list[Event]:
        if fault := allocation_fault(event, self.state.strategies):
            return self._halted("An allocation of capital", fault)
        self.state.book.shares |= event.shares
        return []

    # What they share ---------------------------------------------------------------------------

    def _watch_if_open(self) -> list[Event]:
        return self._watch() if self.state.opened else []

    def _watch(self) -> list[Event]:
        """Hold the breakers against the book and carry out what trips."""
        state = self.state
        made: list[Event] = []
        for change in self._board.observe(state.book):
            made.append(change)
            if isinstance(change, BreakerRearmed):
                forget_breaker(state.book, change, self._board)
            else:
                enter_trip(state, change)
                made.extend(carry_out_trip(state, change))
        if state.closing:
            made.extend(close_what_is_due(state))
        return made

    def _halted(self, what: str, why: str) -> list[Event]:
        """Halt entries on what cannot be reconciled, and carry that out."""
        made = unexplained(self.state, what, why)
        for trip in list(made):
            if isinstance(trip, BreakerTripped):
                made.extend(carry_out_trip(self.state, trip))
        return made

    def _ask(self, event: AnyEvent) -> list[Event]:
        made: list[Event] = []
        for strategy in self._routes.hearers(event):
            decided = strategy.on_event(event, self.state.book)
            if decided:
                made += self._admit_all(decided)
        return made

    def _admit_all(self, proposals: Sequence[Event]) -> list[Event]:
        made: list[Event] = []
        for decided in proposals:
            match decided:
                case DecisionMade():
                    made.append(decided)
                    made += self._orders_for(decided)
                case TimerRequested():
                    self.state.timers[timer_key(decided.owner, decided.name)] = decided
                    made.append(decided)
                case UniverseChosen():
                    made += choose(self.state, decided) or [decided]
                case CapitalAllocated():
                    made += [decided, *self._share_out(decided)]
                case _:
                    made.append(self._admit(decided))
        return made

    def _orders_for(self, decided: DecisionMade) -> list[Event]:
        try:
            planned = self._planner(decided, self.state.book)
        except TradewindError as error:
            return [_failed(decided, error)]
        return self._admitted(planned)

    def _admitted(self, planned: Sequence[Event]) -> list[Event]:
        return admit_plan(self.state.book, planned, self._work, self._admit)

    def _admit(self, proposal: Event) -> Event:
        return admit(self.state, proposal, self._board, self._gate)

    def _worked(self, event: Bar | Quote, made: list[Event]) -> list[Event]:
        return [*made, *work_all(self.state, event, self._work, self._admit)]


def _failed(event: Bar | Quote | DecisionMade, error: TradewindError) -> InstrumentFailed:
    return InstrumentFailed(ts_event=event.ts_event, instrument_id=event.instrument_id, error=str(error))


def effects_of(decisions: Sequence[Event]) -> list[OrderRequested | CancelRequested]:
    """What of the decisions must leave through the outbox, in order."""
    return [event for event in decisions if type(event) in _EFFECTS]  # type: ignore[misc]
