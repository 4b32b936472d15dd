"""Trailing stops between decisions: with each bar they follow the mark, and never move back.

A stop says itself how far it keeps from the price (``Order.trail_pct``), so neither the decision nor its
average true range is needed again. The stop and the target beside it are canceled and sent anew at once, as a
decision would: brokers take orders that hang together only together. Nothing moves while an entry or a cancel
is still on its way, so a position is never covered twice for longer than that.

Pure: the same book gives the same events, with the same client order ids.
"""

from collections.abc import Sequence

import msgspec

from tradewind.core.book import Book, PositionKey, held_lots, key_of
from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.instruments import Instrument
from tradewind.core.minimum_notional import order_below_minimum
from tradewind.core.orders import Order, OrderState, Working
from tradewind.core.vocabulary import Contingency
from tradewind.execution.planner import client_order_id
from tradewind.execution.protection import protects
from tradewind.kernels.stops import distance_ticks, trailing_level

Moved = CancelRequested | OrderRequested


def follow_price(book: Book, instrument: Instrument) -> list[Moved]:
    """Cancels and orders by which the instrument's trailing stops follow its mark; none where none moves."""
    resting: dict[PositionKey, list[OrderState]] = {}
    for state in book.open_orders.values():
        if state.order.instrument_id == instrument.id and protects(state.order):
            resting.setdefault(key_of(state.order), []).append(state)
    mark = book.mark_ticks.get(instrument.id)
    if mark is None:
        return []
    made: list[Moved] = []
    for own, states in resting.items():
        if any(state.order.trail_pct for state in states) and _is_settled(book, own, states):
            made += _followed(book, states, mark, instrument)
    return made


def _is_settled(book: Book, own: PositionKey, states: Sequence[OrderState]) -> bool:
    """Whether all that protects the position rests at the venue, covers it once, and no entry waits."""
    if any(type(state) is not Working or state.order.parent_id in book.open_orders for state in states):
        return False
    stops = sum(state.remaining_lots for state in states if state.order.stop_price_ticks is not None)
    return stops == abs(held_lots(book, own))


def _followed(book: Book, states: Sequence[OrderState], mark: int, instrument: Instrument) -> list[Moved]:
    levels = [_level(state.order, mark, instrument) for state in states]
    if all(level == state.order.stop_price_ticks for level, state in zip(levels, states, strict=True)):
        return []
    cancels = [
        CancelRequested(
            ts_event=book.now_ns,
            client_order_id=state.order.client_order_id,
            instrument_id=instrument.id,
            reason="its trailing stop follows the price",
        )
        for state in states
    ]
    groups = [state.order.group_id for state in states if state.order.group_id]
    again = [
        _again(book, state, level, grouped=groups.count(state.order.group_id) > 1)
        for state, level in zip(states, levels, strict=True)
    ]
    if any(order_below_minimum(instrument, order, mark) for order in again):
        return []  # the venue would refuse it: better the old stop than none
    return [*cancels, *(OrderRequested(ts_event=book.now_ns, order=order) for order in again)]


def _level(order: Order, mark: int, instrument: Instrument) -> int | None:
    """Where the order's stop belongs at this mark; its own where it does not trail."""
    stop = order.stop_price_ticks
    if stop is None or not order.trail_pct or mark == 0:
        return stop
    level = trailing_level(-order.side.sign, stop, mark, distance_ticks(abs(mark), order.trail_pct / 100.0))
    return level if level >= 1 or instrument.negative_prices else stop


def _again(book: Book, state: OrderState, level: int | None, *, grouped: bool) -> Order:
    """The order for what is left of it, at its new level; a limit behind a stop keeps its distance."""
    order = state.order
    moved = 0 if level is None or order.stop_price_ticks is None else level - order.stop_price_ticks
    limit = order.limit_price_ticks
    return msgspec.structs.replace(
        order,
        client_order_id=client_order_id(f"{order.client_order_id}.{book.now_ns:x}", 0),
        quantity_lots=state.remaining_lots,
        stop_price_ticks=level,
        limit_price_ticks=None if limit is None else limit + moved,
        ts_decided=book.now_ns,
        parent_id="",
        group_id=client_order_id(f"{order.group_id}.{book.now_ns:x}", 0) if grouped else "",
        contingency=Contingency.OCO if grouped else Contingency.NONE,
    )
