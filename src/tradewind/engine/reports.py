"""How broker reports change the book: order states, fills, and what nobody can explain."""

import msgspec

from tradewind.core.accounts import AccountSnapshot
from tradewind.core.book import BreakerState, breaker_key, key_of
from tradewind.core.decisions import BreakerTripped, CancelRequested
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
from tradewind.engine.cash import differences
from tradewind.engine.parents import take_slice
from tradewind.engine.state import EngineState, remember, remember_end

RECONCILIATION = "reconciliation"


def take_report(state: EngineState, report: BrokerReport) -> list[Event]:
    """Book one report. Repeats change nothing; what cannot be reconciled halts new entries and says why."""
    if isinstance(report, OrderFilled) and report.trade_id in state.seen_trades:
        return []
    current = state.book.open_orders.get(report.client_order_id)
    if current is None:
        return _after_the_end(state, report)
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
        remember_end(state, following)
    return made


def _after_the_end(state: EngineState, report: BrokerReport) -> list[Event]:
    """A report of an order that has ended here. A broker outside may tell a fill after the order's end, and
    may have an order that was given up for lost: that one is taken off its book.
    """
    client_id = report.client_order_id
    ended = state.ended_short.get(client_id)
    if isinstance(report, OrderFilled) and ended is not None:
        return _late_fill(state, report, ended)
    if client_id not in state.closed_orders or isinstance(report, OrderFilled):
        return unexplained(state, _what(report), f"no open order is called {client_id}")
    if isinstance(report, OrderAccepted) and ended is not None:
        return [
            CancelRequested(
                ts_event=state.book.now_ns,
                client_order_id=client_id,
                instrument_id=report.instrument_id,
                reason="The broker has it after all, and it has ended here.",
            )
        ]
    return []


def _late_fill(state: EngineState, fill: OrderFilled, ended: AnyOrderState) -> list[Event]:
    if not 0 < fill.quantity_lots <= ended.remaining_lots:
        why = f"{fill.quantity_lots} lots do not fit the {ended.remaining_lots} that were left of it"
        return unexplained(state, _what(fill), f"{fill.client_order_id} had ended, and {why}")
    try:
        made = _booked(state, fill, ended)
    except (OrderError, MoneyError) as error:
        return unexplained(state, _what(fill), error.message)
    filled = ended.filled_lots + fill.quantity_lots
    del state.ended_short[fill.client_order_id]
    remember_end(state, msgspec.structs.replace(ended, filled_lots=filled))
    return made


def take_account(state: EngineState, snapshot: AccountSnapshot) -> str:
    """Where the broker's account differs from the book, in words; what was told with it is behind us."""
    state.told_ns = max(state.told_ns, snapshot.told_ns)
    return "; ".join(differences(state.book, snapshot))


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
