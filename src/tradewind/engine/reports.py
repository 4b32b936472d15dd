"""How broker reports change the book: order states, fills, and what nobody can explain."""

from tradewind.core.book import BreakerState, breaker_key, key_of
from tradewind.core.decisions import BreakerTripped
from tradewind.core.errors import MoneyError, OrderError
from tradewind.core.market import Event
from tradewind.core.orders import (
    OPEN_STATES,
    AnyOrderState,
    BrokerReport,
    OrderAccepted,
    OrderFilled,
    SubmissionUnknown,
    Working,
    advance_order,
)
from tradewind.core.vocabulary import BreakerAction, BreakerScope
from tradewind.engine.bookkeeping import book_fill
from tradewind.engine.parents import take_slice
from tradewind.engine.state import EngineState, remember

RECONCILIATION = "reconciliation"


def take_report(state: EngineState, report: BrokerReport) -> list[Event]:
    """Book one report. Repeats change nothing; what cannot be reconciled halts new entries and says why."""
    if isinstance(report, OrderFilled) and report.trade_id in state.seen_trades:
        return []
    current = state.book.open_orders.get(report.client_order_id)
    if current is None:
        if report.client_order_id in state.closed_orders and not isinstance(report, OrderFilled):
            return []
        return unexplained(state, _what(report), f"no open order is called {report.client_order_id}")
    if isinstance(report, OrderAccepted | SubmissionUnknown) and isinstance(current, Working):
        return []
    try:
        following = advance_order(current, report)
        made = _booked(state, report, current)
    except (OrderError, MoneyError) as error:
        return unexplained(state, _what(report), error.message)
    if isinstance(following, OPEN_STATES):
        state.book.open_orders[report.client_order_id] = following
    else:
        del state.book.open_orders[report.client_order_id]
        remember(state.closed_orders, report.client_order_id)
    return made


def _booked(state: EngineState, report: BrokerReport, current: AnyOrderState) -> list[Event]:
    """The round trip that a fill closed, where the report is a fill and closed one."""
    if not isinstance(report, OrderFilled):
        return []
    made: list[Event] = [*book_fill(state.book, report, key_of(current.order))]
    take_slice(state.book, current.order, report)
    remember(state.seen_trades, report.trade_id)
    return made


def unexplained(state: EngineState, what: str, why: str) -> list[Event]:
    """Halt new entries until a person has looked: money may have moved that the book does not know of."""
    if breaker_key(RECONCILIATION, "") in state.book.breakers:
        return []
    trip = BreakerTripped(
        ts_event=state.book.now_ns,
        breaker=RECONCILIATION,
        scope=BreakerScope.ACCOUNT,
        action=BreakerAction.HALT,
        value=1.0,
        threshold=0.0,
        reason=f"{what} cannot be reconciled: {why}.",
    )
    enter_trip(state, trip)
    return [trip]


def _what(report: BrokerReport) -> str:
    return f"A broker report of {type(report).__name__}"


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
