"""The deterministic reducer: one event in, its decisions out. It reads nothing but state and event."""

from collections.abc import Callable, Sequence
from typing import Any

from tradewind.core.book import Book, exposure_e8, in_base
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
    Refused,
)
from tradewind.core.errors import ConfigError, JournalError, TradewindError
from tradewind.core.events import AnyEvent, Command, SessionEnded, SessionOpened, SessionStarted, Timer
from tradewind.core.market import Bar, Event, GaugeRead, Quote
from tradewind.core.orders import (
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from tradewind.core.ports import BreakerBoard, FactorStage, OrderGate, Strategy
from tradewind.engine.actions import carry_out_trip, close_what_is_due, enter_order, forget_breaker, obey
from tradewind.engine.bookkeeping import advance_time, mark_bar, mark_quote, read_gauge
from tradewind.engine.reports import enter_trip, take_report
from tradewind.engine.state import EngineState, StateBlob, decode_state, encode_state, state_from

Planner = Callable[[DecisionMade, Book], Sequence[Event]]
"""Turns a decision's target into ``OrderRequested`` and ``CancelRequested`` proposals."""

_REPORTS = (OrderAccepted, OrderRejected, OrderFilled, OrderCanceled, OrderExpired)


class Reducer:
    """Owns the state and changes it in place; :meth:`step` is the only way in.

    The parts that it asks (strategy, gate, board, planner, factor stage) are pure too: same state and
    event, same answer. ``factors`` is None where factor rows arrive as events (backtests).
    """

    def __init__(
        self,
        strategy: Strategy,
        gate: OrderGate,
        board: BreakerBoard,
        planner: Planner,
        factors: FactorStage | None = None,
    ) -> None:
        self._strategy = strategy
        self._gate = gate
        self._board = board
        self._planner = planner
        self._factors = factors
        self._state: EngineState | None = None
        self._handlers: dict[type, Callable[[Any], list[Event]]] = {
            Bar: self._on_bar,
            Quote: self._on_quote,
            GaugeRead: self._on_gauge,
            Timer: self._on_timer,
            Command: self._on_command,
            SessionStarted: self._on_started,
            SessionOpened: self._on_opened,
            SessionEnded: self._on_ended,
            **dict.fromkeys(_REPORTS, self._on_report),
        }

    @property
    def state(self) -> EngineState:
        """The state; JournalError before the session has started."""
        if self._state is None:
            raise JournalError("No session has started.", "The first event must be SessionStarted.")
        return self._state

    def step(self, event: AnyEvent) -> list[Event]:
        """Take one input event and give the decisions that it led to, already in the state."""
        handler = self._handlers.get(type(event))
        if handler is not None:
            return handler(event)
        advance_time(self.state.book, event.ts_event)
        return self._ask_strategy(event)

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        factors = self._factors.snapshot() if self._factors is not None else b""
        return encode_state(StateBlob(engine=self.state, strategy=self._strategy.snapshot(), factors=factors))

    def restore(self, data: bytes) -> None:
        """Become what was snapshot."""
        blob = decode_state(data)
        self._state = blob.engine
        self._strategy.restore(blob.strategy)
        if self._factors is not None:
            self._factors.restore(blob.factors)

    # One handler a kind of event ---------------------------------------------------------------

    def _on_started(self, event: SessionStarted) -> list[Event]:
        self._state = state_from(event)
        return self._ask_strategy(event)

    def _on_opened(self, event: SessionOpened) -> list[Event]:
        self.state.opened = True
        advance_time(self.state.book, event.ts_event)
        return self._ask_strategy(event)

    def _on_ended(self, event: SessionEnded) -> list[Event]:
        self.state.ended = True
        advance_time(self.state.book, event.ts_event)
        return [*self._ask_strategy(event), self._marked()]

    def _on_bar(self, event: Bar) -> list[Event]:
        book = self.state.book
        made: list[Event] = []
        try:
            if self._factors is not None:
                made.extend(self._factors.on_event(event))
            new_day = advance_time(book, event.ts_event)
            moved = mark_bar(book, event)
        except TradewindError as error:  # a bar that cannot be used must not stop the other instruments
            return [_failed(event, error)]
        if event.warmup:
            return made
        if moved or new_day:
            made += self._watch()
        decided = self._strategy.on_event(event, book)
        if decided:
            made += self._admit_all(decided)
        return made

    def _on_quote(self, event: Quote) -> list[Event]:
        book = self.state.book
        try:
            new_day = advance_time(book, event.ts_event)
            moved = mark_quote(book, event)
        except TradewindError as error:
            return [_failed(event, error)]
        made = self._watch() if moved or new_day else []
        made.extend(self._ask_strategy(event))
        return made

    def _on_gauge(self, event: GaugeRead) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        read_gauge(self.state.book, event)
        made = self._watch() if self.state.opened else []
        made.extend(self._ask_strategy(event))
        return made

    def _on_timer(self, event: Timer) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        made: list[Event] = []
        if self._factors is not None:
            for row in self._factors.on_event(event):
                made.append(row)
                made.extend(self._ask_strategy(row))
        if self.state.opened:
            made.extend(self._watch())
        made.extend(self._ask_strategy(event))
        if self.state.opened and event.name == "cycle":
            made.append(self._marked())
        return made

    def _on_command(self, event: Command) -> list[Event]:
        advance_time(self.state.book, event.ts_event)
        try:
            made = obey(self.state, event)
            made.extend(self._ask_strategy(event))
        except ConfigError as error:  # a wrong word must not stop a session
            return [
                CommandRefused(
                    ts_event=event.ts_event, verb=event.verb, argument=event.argument, reason=str(error)
                )
            ]
        made.extend(close_what_is_due(self.state))
        return made

    def _on_report(
        self, event: OrderAccepted | OrderRejected | OrderFilled | OrderCanceled | OrderExpired
    ) -> list[Event]:
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
        made.extend(self._ask_strategy(event))
        return made

    # What they share ---------------------------------------------------------------------------

    def _watch(self) -> list[Event]:
        """Hold the breakers against the book and carry out what trips."""
        made: list[Event] = []
        for change in self._board.observe(self.state.book):
            made.append(change)
            if isinstance(change, BreakerRearmed):
                forget_breaker(self.state.book, change)
            else:
                enter_trip(self.state, change)
                made.extend(carry_out_trip(self.state, change))
        if self.state.closing:
            made.extend(close_what_is_due(self.state))
        return made

    def _ask_strategy(self, event: AnyEvent) -> list[Event]:
        return self._admit_all(self._strategy.on_event(event, self.state.book))

    def _admit_all(self, proposals: Sequence[Event]) -> list[Event]:
        made: list[Event] = []
        for decided in proposals:
            if isinstance(decided, DecisionMade):
                made.append(decided)
                made += self._orders_for(decided)
            else:
                made.append(self._admit(decided))
        return made

    def _orders_for(self, decided: DecisionMade) -> list[Event]:
        try:
            planned = self._planner(decided, self.state.book)
        except TradewindError as error:
            return [
                InstrumentFailed(
                    ts_event=decided.ts_event, instrument_id=decided.instrument_id, error=str(error)
                )
            ]
        # One at a time: each admitted order must stand in the book before the next is checked.
        return [self._admit(proposal) for proposal in planned]

    def _admit(self, proposal: Event) -> Event:
        """Hold an order against breakers and limits; anything else passes."""
        if not isinstance(proposal, OrderRequested):
            return proposal
        order = proposal.order
        refusal = self._refusal(order)
        if refusal is not None:
            return OrderRefused(ts_event=proposal.ts_event, order=order, refusal=refusal)
        enter_order(self.state, order)
        return proposal

    def _refusal(self, order: Order) -> Refused | None:
        state = self.state
        if not state.opened:
            return Refused(rule="session", reason="The session is not open yet.")
        if not _reduces(state.book, order):
            if order.instrument_id in state.closing:
                return Refused(rule="closing", reason=state.closing[order.instrument_id])
            block = self._board.entry_block(order.instrument_id, order.strategy, state.book)
            if block:
                return Refused(rule="breaker", reason=block)
        verdict = self._gate.check(order, state.book)
        return verdict if isinstance(verdict, Refused) else None

    def _marked(self) -> AccountMarked:
        book = self.state.book
        gross, net = exposure_e8(book)
        peak = book.high_water_e8
        return AccountMarked(
            ts_event=book.now_ns,
            equity_e8=book.equity_e8,
            cash_e8=sum(in_base(book, cash, currency) for currency, cash in book.cash_e8.items()),
            gross_e8=gross,
            net_e8=net,
            drawdown_pct=100.0 * (peak - book.equity_e8) / peak if peak > 0 else 0.0,
            positions={s: p.quantity_lots for s, p in book.positions.items() if p.quantity_lots},
        )


def _failed(event: Bar | Quote, error: TradewindError) -> InstrumentFailed:
    return InstrumentFailed(ts_event=event.ts_event, instrument_id=event.instrument_id, error=str(error))


def _reduces(book: Book, order: Order) -> bool:
    """Whether the order only brings the position nearer to flat."""
    held = book.positions.get(order.instrument_id)
    lots = held.quantity_lots if held is not None else 0
    return lots * order.signed_lots < 0 and abs(order.signed_lots) <= abs(lots)


def effects_of(decisions: Sequence[Event]) -> list[OrderRequested | CancelRequested]:
    """What of the decisions must leave through the outbox, in order."""
    return [event for event in decisions if isinstance(event, OrderRequested | CancelRequested)]
