"""What a tripped breaker or a person's command does: cancel entries, close positions, arm again."""

from tradewind.core.book import Book, PositionKey, breaker_key, held_lots, key_of, orders_of
from tradewind.core.decisions import (
    BY_PERSON,
    BreakerRearmed,
    BreakerTripped,
    CancelRequested,
    OrderRequested,
)
from tradewind.core.errors import ConfigError
from tradewind.core.events import Command
from tradewind.core.instruments import class_group
from tradewind.core.market import Event
from tradewind.core.orders import ORDER_WORDS, Order, OrderState, Pending, Side
from tradewind.core.ports import BreakerBoard
from tradewind.core.usual_words import with_usual_words
from tradewind.core.vocabulary import BreakerAction, BreakerScope, KillMode, Verb
from tradewind.engine.reports import enter_trip
from tradewind.engine.state import EngineState

KILL = "kill_switch"
OTHERS_VERBS = (Verb.SET, Verb.STOP)
"""Verbs that the strategy or the driver carries out."""


def carry_out_trip(state: EngineState, trip: BreakerTripped) -> list[Event]:
    """Cancel what the trip's scope covers and mark what it wants closed; closing happens by itself after.

    A ``note`` says something that a reader must know (a gauge that is missing) and stops nothing.
    """
    if trip.action is BreakerAction.NOTE:
        return []
    covered = [key for key in _holders(state.book) if _covers(state.book, trip, key)]
    if trip.action in (BreakerAction.CLOSE, BreakerAction.LIQUIDATE):
        for key in covered:
            if held_lots(state.book, key):
                state.closing[key] = trip.reason
    return [
        _cancel(state.book, order_state, trip.reason)
        for key in covered
        for order_state in orders_of(state.book, key)
        if trip.action is not BreakerAction.HALT or _is_entry(state.book, order_state)
    ]


def close_what_is_due(state: EngineState) -> list[Event]:
    """Closing orders for positions marked for it, once no resting order holds their shares."""
    made: list[Event] = []
    for key in list(state.closing):
        lots = held_lots(state.book, key)
        if lots == 0:
            del state.closing[key]
        elif not orders_of(state.book, key):
            made.append(_closing_order(state, key, lots))
    return made


def obey(state: EngineState, command: Command, board: BreakerBoard) -> list[Event]:
    """A person's ``kill`` or ``rearm``; other verbs belong to the strategy or the driver.

    Raises
    ------
    ConfigError
        The argument is none that the verb knows; nothing has been changed.
    """
    if command.verb == Verb.KILL:
        return _kill(state, command)
    if command.verb == Verb.REARM:
        return _rearm(state, command, board)
    if command.verb not in OTHERS_VERBS:
        message = f"There is no command {command.verb!r}."
        raise ConfigError(message, f"Known are kill, rearm, {', '.join(OTHERS_VERBS)}.")
    return []


def _kill(state: EngineState, command: Command) -> list[Event]:
    if command.argument not in tuple(KillMode):
        message = f"The kill switch does not know {command.argument!r}."
        raise ConfigError(message, "Use liquidate or freeze.")
    trip = BreakerTripped(
        ts_event=state.book.now_ns,
        breaker=KILL,
        scope=BreakerScope.ACCOUNT,
        action=BreakerAction.LIQUIDATE if command.argument == KillMode.LIQUIDATE else BreakerAction.HALT,
        value=1.0,
        threshold=0.0,
        reason=f"A person threw the kill switch: {command.argument}.",
    )
    enter_trip(state, trip)
    return [trip, *carry_out_trip(state, trip)]


def _rearm(state: EngineState, command: Command, board: BreakerBoard) -> list[Event]:
    found = state.book.breakers.pop(command.argument, None)
    if found is None:
        message = f"No breaker called {command.argument!r} has tripped."
        raise ConfigError(message, f"Tripped are: {', '.join(state.book.breakers) or 'none'}.")
    event = BreakerRearmed(
        ts_event=state.book.now_ns,
        breaker=found.breaker,
        scope=found.scope,
        scope_key=found.scope_key,
        by=BY_PERSON,
    )
    board.reset(state.book, event)
    return [event]


def forget_breaker(book: Book, event: BreakerRearmed, board: BreakerBoard) -> None:
    """Take a re-armed breaker out of the book; what it counts starts anew where it says so."""
    book.breakers.pop(breaker_key(event.breaker, event.scope_key), None)
    board.reset(book, event)


def enter_order(state: EngineState, order: Order) -> None:
    """Put an order that leaves into the book as pending."""
    book = state.book
    book.open_orders[order.client_order_id] = Pending(order=with_usual_words(order, ORDER_WORDS))
    book.orders_sent += 1
    times = book.order_times_ns
    times.append(book.now_ns)
    if len(times) > 1_024:
        del times[:512]


def _holders(book: Book) -> list[PositionKey]:
    """Whoever holds something or waits for a fill; what is fenced off belongs to no strategy and stays."""
    keys = dict.fromkeys(key for key, position in book.positions.items() if position.quantity_lots)
    keys |= dict.fromkeys(key_of(state.order) for state in book.open_orders.values())
    return [key for key in keys if key.strategy]


def _covers(book: Book, trip: BreakerTripped, key: PositionKey) -> bool:
    match trip.scope:
        case BreakerScope.ACCOUNT:
            return True
        case BreakerScope.CLASS:
            return class_group(book.instruments[key.instrument_id].asset_class) == trip.scope_key
        case BreakerScope.INSTRUMENT:
            return key.instrument_id == trip.scope_key
        case BreakerScope.STRATEGY:
            return key.strategy == trip.scope_key


def _is_entry(book: Book, order_state: OrderState) -> bool:
    """Whether filling the order would enlarge the position, so that a halt cancels it."""
    order = order_state.order
    lots = held_lots(book, key_of(order))
    return not order.reduce_only and abs(lots + order.signed_lots) > abs(lots)


def _cancel(book: Book, order_state: OrderState, reason: str) -> CancelRequested:
    order = order_state.order
    return CancelRequested(
        ts_event=book.now_ns,
        client_order_id=order.client_order_id,
        instrument_id=order.instrument_id,
        reason=reason,
    )


def _closing_order(state: EngineState, key: PositionKey, lots: int) -> OrderRequested:
    state.close_orders_made += 1
    decision_id = f"{state.session_id}-close-{state.close_orders_made}"
    order = Order(
        client_order_id=decision_id,
        decision_id=decision_id,
        account=key.account,
        strategy=key.strategy,
        instrument_id=key.instrument_id,
        side=Side.SELL if lots > 0 else Side.BUY,
        quantity_lots=abs(lots),
        reduce_only=True,
        ts_decided=state.book.now_ns,
    )
    enter_order(state, order)
    return OrderRequested(ts_event=state.book.now_ns, order=order)
