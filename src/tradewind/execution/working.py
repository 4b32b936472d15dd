"""Orders worked by an algorithm: a plan's orders become parents, and each step of the market slices them.

Pure: the same book gives the same events, with the same client order ids.
"""

from collections.abc import Sequence

import msgspec

from tradewind.core.book import Book, PositionKey, held_lots, key_of
from tradewind.core.decisions import CancelRequested, DecisionMade, OrderRequested
from tradewind.core.instruments import Instrument
from tradewind.core.market import Event
from tradewind.core.minimum_notional import order_below_minimum
from tradewind.core.orders import Order, OrderState, OrderType, TimeInForce
from tradewind.core.parents import AlgorithmEnded, AlgorithmStarted, ParentState
from tradewind.core.vocabulary import Contingency, Outcome
from tradewind.execution.algorithm_registry import Algorithm, AtWork
from tradewind.execution.capabilities import Capabilities, fitted
from tradewind.execution.planner import client_order_id


def is_on_its_way(book: Book, decision: DecisionMade, band_pct: float) -> bool:
    """Whether orders at work already lead to the decision's target, give or take the no-trade band."""
    parents = _own_parents(book, decision)
    if not parents:
        return False
    reached = held_lots(book, key_of(parents[0].order)) + sum(
        parent.order.side.sign * (parent.order.quantity_lots - parent.filled_lots) for parent in parents
    )
    target = decision.target_lots
    off = abs(target - reached)
    in_band = reached * target > 0 and off * 100.0 < band_pct * max(abs(reached), abs(target))
    return off == 0 or in_band


def _own_parents(book: Book, decision: DecisionMade) -> list[ParentState]:
    own = (decision.account, decision.strategy, decision.instrument_id)
    return [parent for parent in book.parents.values() if key_of(parent.order) == own]


def without_slices(book: Book, decision: DecisionMade) -> Book:
    """The book as a plan must see it while orders are worked: their slices are the algorithm's business."""
    names = {parent.order.client_order_id for parent in _own_parents(book, decision)}
    others = {key: state for key, state in book.open_orders.items() if state.order.parent_id not in names}
    return msgspec.structs.replace(book, open_orders=others)


def holding_still(book: Book, decision: DecisionMade) -> DecisionMade:
    """The decision with what is held as its target: it plans nothing but protection."""
    own = PositionKey(decision.account, decision.strategy, decision.instrument_id)
    return msgspec.structs.replace(decision, outcome=Outcome.HOLD, target_lots=held_lots(book, own))


def given_to(
    algorithm: Algorithm, planned: Sequence[Event], book: Book, decision: DecisionMade
) -> list[Event]:
    """The plan with the orders of a trade at work in the algorithm instead of on their way.

    An earlier order at work of the same holder ends. A decision to close, and what protects, leaves at once;
    what would have hung on an order that is now worked is placed by a later decision, once something is held.
    """
    made: list[Event] = [
        AlgorithmEnded(
            ts_event=decision.ts_event,
            client_order_id=parent.order.client_order_id,
            instrument_id=decision.instrument_id,
            filled_lots=parent.filled_lots,
            reason="it no longer fits the target",
        )
        for parent in _own_parents(book, decision)
    ]
    if decision.outcome != Outcome.TRADE:
        return [*made, *planned]
    orders = [e.order for e in planned if isinstance(e, OrderRequested) and _is_plain(e.order)]
    names = {order.client_order_id for order in orders}
    for event in planned:
        if isinstance(event, OrderRequested) and {event.order.client_order_id, event.order.parent_id} & names:
            continue
        made.append(event)
    if orders:
        made.append(
            AlgorithmStarted(ts_event=decision.ts_event, order=_as_one(orders), algorithm=algorithm.name)
        )
    return made


def _as_one(orders: Sequence[Order]) -> Order:
    """A reversal's two orders are worked as one; its slices stop at zero."""
    lots = sum(order.quantity_lots for order in orders)
    return msgspec.structs.replace(
        orders[-1], quantity_lots=lots, reduce_only=all(order.reduce_only for order in orders)
    )


def _is_plain(order: Order) -> bool:
    kind = order.order_type in (OrderType.MARKET, OrderType.LIMIT)
    protects = order.reduce_only and order.order_type is not OrderType.MARKET
    return kind and not protects and order.contingency is Contingency.NONE and not order.parent_id


def next_slices(
    algorithm: Algorithm,
    parent: ParentState,
    book: Book,
    instrument: Instrument,
    capabilities: Capabilities,
    step_ns: int,
) -> list[OrderRequested | CancelRequested]:
    """What the algorithm does now: at most one slice, after what it takes off the book.

    Filled, resting and new lots are never more than the order's. While a cancel is on its way nothing new
    leaves, so that a fill which overtakes it cannot make the whole too much.
    """
    order = parent.order
    resting = [s for s in book.open_orders.values() if s.order.parent_id == order.client_order_id]
    due = algorithm.due(_at_work(parent, book, instrument, step_ns, resting), algorithm.defaults)
    limit = _within(order, due.limit_ticks)
    stale = [s for s in resting if s.order.limit_price_ticks != limit] if due.replaces else []
    if stale:
        return [
            CancelRequested(
                ts_event=book.now_ns,
                client_order_id=state.order.client_order_id,
                instrument_id=order.instrument_id,
                reason=f"{algorithm.name} sends it anew",
            )
            for state in stale
        ]
    outstanding = parent.filled_lots + sum(state.remaining_lots for state in resting)
    lots = min(due.lots, order.quantity_lots) - outstanding
    reducible = max(-order.side.sign * held_lots(book, key_of(order)), 0)
    if reducible:  # it does not cross zero: no broker need take such an order
        lots = min(lots, reducible - (outstanding - parent.filled_lots))
    if lots <= 0:
        return []
    child = _slice(algorithm, parent, book, lots, limit)
    if reducible:
        child = msgspec.structs.replace(child, reduce_only=True)
    child = fitted(child, capabilities, instrument)
    rest = order.quantity_lots - outstanding - lots
    mark = book.mark_ticks[instrument.id]
    if rest and order_below_minimum(instrument, child, mark):
        return []  # the next step has more to send
    return [OrderRequested(ts_event=book.now_ns, order=child)]


def _at_work(
    parent: ParentState, book: Book, instrument: Instrument, step_ns: int, resting: Sequence[OrderState]
) -> AtWork:
    order = parent.order
    return AtWork(
        side=order.side,
        quantity_lots=order.quantity_lots,
        filled_lots=parent.filled_lots,
        resting_lots=sum(state.remaining_lots for state in resting),
        limit_ticks=order.limit_price_ticks,
        arrival_ticks=parent.arrival_ticks,
        mark_ticks=book.mark_ticks[instrument.id],
        instrument=instrument,
        started_ns=parent.started_ns,
        now_ns=book.now_ns,
        step_ns=step_ns,
        volume=parent.volume,
        curve=parent.curve,
    )


def _within(order: Order, limit: int | None) -> int | None:
    """A slice's limit, never beyond the order's own."""
    own = order.limit_price_ticks
    if own is None or limit is None:
        return limit if own is None else own
    return min(limit, own) if order.side.sign > 0 else max(limit, own)


def _slice(algorithm: Algorithm, parent: ParentState, book: Book, lots: int, limit: int | None) -> Order:
    order = parent.order
    return msgspec.structs.replace(
        order,
        client_order_id=client_order_id(f"{order.client_order_id}.s", parent.slices),
        quantity_lots=lots,
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price_ticks=limit,
        time_in_force=order.time_in_force if limit is None else TimeInForce.GTC,
        ts_decided=book.now_ns,
        parent_id=order.client_order_id,
        tag=algorithm.name,
    )
