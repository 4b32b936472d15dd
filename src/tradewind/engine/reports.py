"""How broker reports change the book: order states, fills, and what nobody can explain."""

from tradewind.core.book import BreakerState, breaker_key
from tradewind.core.decisions import BreakerTripped
from tradewind.core.errors import OrderError
from tradewind.core.market import Event
from tradewind.core.orders import (
    OPEN_STATES,
    BrokerReport,
    OrderAccepted,
    OrderFilled,
    Working,
    advance_order,
)
from tradewind.engine.bookkeeping import book_fill
from tradewind.engine.state import EngineState, remember

RECONCILIATION = "reconciliation"


def take_report(state: EngineState, report: BrokerReport) -> list[Event]:
    """Book one report. Repeats change nothing; what cannot be reconciled halts new entries and says why."""
    book = state.book
    if isinstance(report, OrderFilled) and report.trade_id in state.seen_trades:
        return []
    current = book.open_orders.get(report.client_order_id)
    if current is None:
        if report.client_order_id in state.closed_orders and not isinstance(report, OrderFilled):
            return []
        return _unexplained(state, report, f"no open order is called {report.client_order_id}")
    if isinstance(report, OrderAccepted) and isinstance(current, Working):
        return []
    try:
        following = advance_order(current, report)
    except OrderError as error:
        return _unexplained(state, report, error.message)
    if isinstance(report, OrderFilled):
        remember(state.seen_trades, report.trade_id)
        book_fill(book, report, current.order.strategy)
    if isinstance(following, OPEN_STATES):
        book.open_orders[report.client_order_id] = following
    else:
        del book.open_orders[report.client_order_id]
        remember(state.closed_orders, report.client_order_id)
    return []


def _unexplained(state: EngineState, report: BrokerReport, why: str) -> list[Event]:
    """Halt new entries until a person has looked: money may have moved that the book does not know of."""
    key = breaker_key(RECONCILIATION, "")
    if key in state.book.breakers:
        return []
    trip = BreakerTripped(
        ts_event=state.book.now_ns,
        breaker=RECONCILIATION,
        scope="account",
        action="halt",
        value=1.0,
        threshold=0.0,
        reason=f"A broker report of {type(report).__name__} cannot be reconciled: {why}.",
    )
    enter_trip(state, trip)
    return [trip]


def enter_trip(state: EngineState, trip: BreakerTripped) -> None:
    """Write a tripped breaker into the book, where it stands until it is armed again."""
    state.book.breakers[breaker_key(trip.breaker, trip.scope_key)] = BreakerState(
        breaker=trip.breaker,
        scope=trip.scope,
        scope_key=trip.scope_key,
        action=trip.action,
        tripped_ts=trip.ts_event,
        rearm=trip.rearm,
    )
