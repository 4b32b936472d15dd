"""What a tripped breaker or a person's command does: cancel entries, close positions, arm again."""

from tradewind.core.book import Book, breaker_key, orders_for
from tradewind.core.decisions import BreakerRearmed, BreakerTripped, CancelRequested, OrderRequested
from tradewind.core.errors import ConfigError
from tradewind.core.events import Command
from tradewind.core.instruments import class_group
from tradewind.core.market import Event
from tradewind.core.orders import Order, OrderState, Pending, Side
from tradewind.engine.reports import enter_trip
from tradewind.engine.state import EngineState

KILL = "kill_switch"
OTHERS_VERBS = ("set", "stop")
"""Verbs that the strategy or the driver carries out."""


def carry_out_trip(state: EngineState, trip: BreakerTripped) -> list[Event]:
    """Cancel what the trip's scope covers and mark what it wants closed; closing happens by itself after.

    A ``note`` says something that a reader must know (a gauge that is missing) and stops nothing.
    """
    if trip.action == "note":
        return []
    covered = [
        instrument_id for instrument_id in state.book.instruments if _covers(state.book, trip, instrument_id)
    ]
    if trip.action in ("close", "liquidate"):
        for instrument_id in covered:
            position = state.book.positions.get(instrument_id)
            if position is not None and position.quantity_lots:
                state.closing[instrument_id] = trip.reason
    return [
        _cancel(state.book, order_state, trip.reason)
        for instrument_id in covered
        for order_state in orders_for(state.book, instrument_id)
        if trip.action != "halt" or _is_entry(state.book, order_state)
    ]


def close_what_is_due(state: EngineState) -> list[Event]:
    """Closing orders for instruments marked for it, once no resting order holds their shares."""
    made: list[Event] = []
    for instrument_id in list(state.closing):
        position = state.book.positions.get(instrument_id)
        if position is None or position.quantity_lots == 0:
            del state.closing[instrument_id]
        elif not orders_for(state.book, instrument_id):
            made.append(_closing_order(state, instrument_id, position.quantity_lots, position.strategy))
    return made


def obey(state: EngineState, command: Command) -> list[Event]:
    """A person's ``kill`` or ``rearm``; other verbs belong to the strategy or the driver.

    Raises
    ------
    ConfigError
        The argument is none that the verb knows; nothing has been changed.
    """
    if command.verb == "kill":
        return _kill(state, command)
    if command.verb == "rearm":
        return _rearm(state, command)
    if command.verb not in OTHERS_VERBS:
        message = f"There is no command {command.verb!r}."
        raise ConfigError(message, f"Known are kill, rearm, {', '.join(OTHERS_VERBS)}.")
    return []


def _kill(state: EngineState, command: Command) -> list[Event]:
    if command.argument not in ("liquidate", "freeze"):
        message = f"The kill switch does not know {command.argument!r}."
        raise ConfigError(message, "Use liquidate or freeze.")
    trip = BreakerTripped(
        ts_event=state.book.now_ns,
        breaker=KILL,
        scope="account",
        action="liquidate" if command.argument == "liquidate" else "halt",
        value=1.0,
        threshold=0.0,
        reason=f"A person threw the kill switch: {command.argument}.",
    )
    enter_trip(state, trip)
    return [trip, *carry_out_trip(state, trip)]


def _rearm(state: EngineState, command: Command) -> list[Event]:
    found = state.book.breakers.pop(command.argument, None)
    if found is None:
        message = f"No breaker called {command.argument!r} has tripped."
        raise ConfigError(message, f"Tripped are: {', '.join(state.book.breakers) or 'none'}.")
    _start_over(state.book, found.breaker, found.scope_key)
    return [
        BreakerRearmed(
            ts_event=state.book.now_ns,
            breaker=found.breaker,
            scope=found.scope,
            scope_key=found.scope_key,
            by="person",
        )
    ]


def forget_breaker(book: Book, event: BreakerRearmed) -> None:
    """Take a re-armed breaker out of the book; what it counts starts anew."""
    book.breakers.pop(breaker_key(event.breaker, event.scope_key), None)
    if event.breaker == "losing_trades":
        book.losses_in_row[event.scope_key] = 0


def _start_over(book: Book, breaker: str, scope_key: str) -> None:
    """Measure from now on what a person has armed again; else it would trip again at once."""
    match breaker:
        case "drawdown":
            book.high_water_e8 = book.start_equity_e8 = book.equity_e8
        case "daily_loss":
            book.day_start_equity_e8 = book.equity_e8
        case "rapid_loss":
            book.equity_trail.clear()
        case "losing_trades":
            book.losses_in_row[scope_key] = 0
        case _:
            pass


def enter_order(state: EngineState, order: Order) -> None:
    """Put an order that leaves into the book as pending."""
    book = state.book
    book.open_orders[order.client_order_id] = Pending(order=order)
    book.orders_sent += 1
    times = book.order_times_ns
    times.append(book.now_ns)
    if len(times) > 1_024:
        del times[:512]


def _covers(book: Book, trip: BreakerTripped, instrument_id: str) -> bool:
    match trip.scope:
        case "account":
            return True
        case "class":
            return class_group(book.instruments[instrument_id].asset_class) == trip.scope_key
        case "instrument":
            return instrument_id == trip.scope_key
        case _:
            position = book.positions.get(instrument_id)
            strategies = {state.order.strategy for state in orders_for(book, instrument_id)}
            return trip.scope_key in strategies or (
                position is not None and position.strategy == trip.scope_key
            )


def _is_entry(book: Book, order_state: OrderState) -> bool:
    """Whether filling the order would enlarge the position, so that a halt cancels it."""
    order = order_state.order
    held = book.positions.get(order.instrument_id)
    lots = held.quantity_lots if held is not None else 0
    return not order.reduce_only and abs(lots + order.signed_lots) > abs(lots)


def _cancel(book: Book, order_state: OrderState, reason: str) -> CancelRequested:
    order = order_state.order
    return CancelRequested(
        ts_event=book.now_ns,
        client_order_id=order.client_order_id,
        instrument_id=order.instrument_id,
        reason=reason,
    )


def _closing_order(state: EngineState, instrument_id: str, lots: int, strategy: str) -> OrderRequested:
    state.close_orders_made += 1
    decision_id = f"{state.session_id}-close-{state.close_orders_made}"
    order = Order(
        client_order_id=decision_id,
        decision_id=decision_id,
        strategy=strategy,
        instrument_id=instrument_id,
        side=Side.SELL if lots > 0 else Side.BUY,
        quantity_lots=abs(lots),
        reduce_only=True,
        ts_decided=state.book.now_ns,
    )
    enter_order(state, order)
    return OrderRequested(ts_event=state.book.now_ns, order=order)
