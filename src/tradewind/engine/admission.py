"""Whether an order leaves: the session's own state, the breakers, then every limit. Entered where it does."""

from collections.abc import Sequence

from tradewind.core.book import Book, held_lots, key_of
from tradewind.core.decisions import OrderRefused, OrderRequested, Refused
from tradewind.core.errors import TradewindError
from tradewind.core.market import Event
from tradewind.core.orders import Order
from tradewind.core.ports import BreakerBoard, OrderGate
from tradewind.core.vocabulary import Contingency
from tradewind.engine.actions import enter_order
from tradewind.engine.state import EngineState


def admit(state: EngineState, proposal: Event, board: BreakerBoard, gate: OrderGate) -> Event:
    """The order as it was asked for, now in the book, or its refusal; anything else passes."""
    if not isinstance(proposal, OrderRequested):
        return proposal
    order = proposal.order
    refusal = _refusal(state, order, board, gate)
    if refusal is not None:
        return OrderRefused(ts_event=proposal.ts_event, order=order, refusal=refusal)
    enter_order(state, order)
    return proposal


def refusal_of(
    state: EngineState, planned: Sequence[Event], board: BreakerBoard, gate: OrderGate
) -> Refused | None:
    """What would stand against planned orders now, of which nothing would leave; None where something would.

    Changes nothing.
    """
    first: Refused | None = None
    for one in planned:
        if isinstance(one, OrderRequested) and one.order.contingency is Contingency.OTO:
            continue  # it goes the way of its parent
        if isinstance(one, OrderRequested):
            refusal = _refusal(state, one.order, board, gate)
        else:
            refusal = one.refusal if isinstance(one, OrderRefused) else None
        if refusal is None:
            return None
        first = first or refusal
    return first


def _refusal(state: EngineState, order: Order, board: BreakerBoard, gate: OrderGate) -> Refused | None:
    if not state.opened:
        return Refused(rule="session", reason="The session is not open yet.")
    client_id = order.client_order_id
    if client_id in state.book.open_orders or client_id in state.closed_orders:
        return Refused(rule="duplicate_order", reason=f"An order called {client_id} was sent already.")
    if order.account not in state.book.accounts:
        known = ", ".join(state.book.accounts)
        return Refused(rule="account", reason=f"There is no account {order.account!r}, only {known}.")
    if order.contingency is Contingency.OTO and not _has_parent(state, order):
        return Refused(rule="parent", reason=f"Its parent {order.parent_id} did not leave.")
    if not reduces(state.book, order):
        if key_of(order) in state.closing:
            return Refused(rule="closing", reason=state.closing[key_of(order)])
        outside = _outside_universe(state, order)
        if outside:
            return Refused(rule="universe", reason=outside)
        block = board.entry_block(order.instrument_id, order.strategy, state.book)
        if block:
            return Refused(rule="breaker", reason=block)
    try:
        verdict = gate.check(order, state.book)
    except TradewindError as error:  # a value that does not fit, a rate that is missing: this order alone
        return Refused(rule="valuation", reason=str(error))
    return verdict if isinstance(verdict, Refused) else None


def _has_parent(state: EngineState, order: Order) -> bool:
    return order.parent_id in state.book.open_orders or order.parent_id in state.closed_orders


def _outside_universe(state: EngineState, order: Order) -> str:
    terms = state.strategies.get(order.strategy)
    if terms is None:
        return ""
    chosen = state.universes.get(order.strategy)
    if chosen is not None and order.instrument_id not in chosen:
        return f"{order.instrument_id} is not in the universe of {order.strategy}, which may only close it."
    if not terms.instrument_ids or order.instrument_id in terms.instrument_ids:
        return ""
    return f"{order.strategy} does not trade {order.instrument_id}; it may only close what it holds of it."


def reduces(book: Book, order: Order) -> bool:
    """Whether the order only brings its own position nearer to flat."""
    lots = held_lots(book, key_of(order))
    return lots * order.signed_lots < 0 and abs(order.signed_lots) <= abs(lots)
