"""Orders at work in the book: started, filled slice by slice, sliced with the market, ended."""

from collections.abc import Callable, Sequence

from tradewind.core.book import Book, key_of
from tradewind.core.decisions import CancelRequested, OrderRefused, OrderRequested
from tradewind.core.market import Bar, Event, Quote, Timeframe
from tradewind.core.orders import Order, OrderFilled
from tradewind.core.parents import (
    VOLUME_BINS,
    AlgorithmEnded,
    AlgorithmStarted,
    ParentState,
    VolumeCurve,
)
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.engine.state import EngineState

Work = Callable[[ParentState, Book, int], Sequence[OrderRequested | CancelRequested]]
"""What an algorithm does with its order now, by the book and the last bar's length in ns (0: a quote)."""

Admit = Callable[[Event], Event]


def start_parent(book: Book, started: AlgorithmStarted) -> ParentState:
    """Enter the order into the book."""
    order = started.order
    curve = book.volume_curves.get(order.instrument_id)
    parent = ParentState(
        order=order,
        algorithm=started.algorithm,
        started_ns=started.ts_event,
        arrival_ticks=book.mark_ticks[order.instrument_id],
        curve=() if curve is None else tuple(curve.bins),
    )
    book.parents[order.client_order_id] = parent
    return parent


def take_slice(book: Book, order: Order, fill: OrderFilled) -> None:
    """A fill of one of its slices; one of an order that is not worked any longer is the slice's alone."""
    parent = book.parents.get(order.parent_id) if order.parent_id else None
    if parent is not None:
        parent.filled_lots += fill.quantity_lots


def take_market(book: Book, event: Bar, work: Work | None) -> None:
    """Note what the market traded, for volume curves and orders at work; nothing without an algorithm."""
    if work is None or not event.volume > 0.0:
        return
    length = Timeframe(event.timeframe).length_ns
    _note_curve(book, event, length)
    for parent in _at_work(book, event.instrument_id):
        if event.warmup or event.ts_event <= parent.started_ns:
            continue
        if not parent.bar_ns or length < parent.bar_ns:  # the same volume is never counted by two timeframes
            parent.bar_ns, parent.volume = length, 0.0
        if length == parent.bar_ns:
            parent.volume += event.volume


def work_all(state: EngineState, event: Bar | Quote, work: Work | None, admit: Admit) -> list[Event]:
    """Let the algorithms do their next step in an instrument; what is being closed is not theirs any more."""
    book = state.book
    if work is None or not book.parents:
        return []
    length = Timeframe(event.timeframe).length_ns if isinstance(event, Bar) else 0
    made: list[Event] = []
    for parent in _at_work(book, event.instrument_id):
        if key_of(parent.order) in state.closing:
            made.append(end_parent(book, parent.order.client_order_id, "its position is being closed"))
        else:
            made += work_parent(parent, book, work, length, admit)
    return made


def admit_plan(book: Book, planned: Sequence[Event], work: Work | None, admit: Admit) -> list[Event]:
    """Admit proposals one at a time: each order must stand in the book before the next is checked."""
    made: list[Event] = []
    for proposal in planned:
        if isinstance(proposal, AlgorithmEnded):
            made.append(end_parent(book, proposal.client_order_id, proposal.reason))
        elif isinstance(proposal, AlgorithmStarted) and work is not None:
            made.append(proposal)
            made += work_parent(start_parent(book, proposal), book, work, 0, admit)
        else:
            made.append(admit(proposal))
    return made


def work_parent(parent: ParentState, book: Book, work: Work, length_ns: int, admit: Admit) -> list[Event]:
    """Let an algorithm do its next step. One whose slice is refused ends: the next decision plans again."""
    order = parent.order
    if parent.filled_lots >= order.quantity_lots:
        return [end_parent(book, order.client_order_id, "filled")]
    made: list[Event] = []
    for proposal in work(parent, book, length_ns):
        if isinstance(proposal, OrderRequested):
            parent.slices += 1
        admitted = admit(proposal)
        made.append(admitted)
        if isinstance(admitted, OrderRefused):
            reason = f"a slice was refused by {admitted.refusal.rule}: {admitted.refusal.reason}"
            made.append(end_parent(book, order.client_order_id, reason))
            break
    return made


def end_parent(book: Book, client_order_id: str, reason: str) -> AlgorithmEnded:
    """Take an order off the algorithms."""
    parent = book.parents.pop(client_order_id)
    return AlgorithmEnded(
        ts_event=book.now_ns,
        client_order_id=client_order_id,
        instrument_id=parent.order.instrument_id,
        filled_lots=parent.filled_lots,
        reason=reason,
    )


def end_all_of(book: Book, instrument_id: str, reason: str) -> list[Event]:
    """End all orders at work of one instrument."""
    names = [parent.order.client_order_id for parent in _at_work(book, instrument_id)]
    return [end_parent(book, name, reason) for name in names]


def _at_work(book: Book, instrument_id: str) -> list[ParentState]:
    return [parent for parent in book.parents.values() if parent.order.instrument_id == instrument_id]


def _note_curve(book: Book, bar: Bar, length_ns: int) -> None:
    if length_ns >= NS_PER_DAY:
        return
    curve = book.volume_curves.get(bar.instrument_id)
    if curve is None or length_ns < curve.bar_ns:
        curve = VolumeCurve(bar_ns=length_ns, bins=[0.0] * VOLUME_BINS)
        book.volume_curves[bar.instrument_id] = curve
    if length_ns == curve.bar_ns:
        middle_ns = (bar.ts_event - length_ns // 2) % NS_PER_DAY
        curve.bins[middle_ns * VOLUME_BINS // NS_PER_DAY] += bar.volume
