"""The book as a journal's records leave it, without strategies, models or a venue: for reports.

Inputs are stepped through the reducer as they were; orders that left are entered as the records have them.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdopted
from tradewind.core.book import Book, breaker_key
from tradewind.core.changes import CapitalAllocated
from tradewind.core.decisions import (
    APPROVED,
    AccountMarked,
    BreakerRearmed,
    BreakerTripped,
    DecisionMade,
    OrderRequested,
    RiskVerdict,
)
from tradewind.core.events import Record, SessionStarted
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import (
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    SubmissionUnknown,
)
from tradewind.engine.actions import enter_order
from tradewind.engine.reducer import Reducer
from tradewind.engine.reports import enter_trip

KINDS: tuple[type[msgspec.Struct], ...] = (
    SessionStarted,
    Bar,
    Quote,
    OrderRequested,
    OrderAccepted,
    OrderRejected,
    OrderFilled,
    OrderCanceled,
    OrderExpired,
    OrderReplaced,
    SubmissionUnknown,
    CashMoved,
    CorporateAction,
    PositionAdopted,
    CapitalAllocated,
    BreakerTripped,
    BreakerRearmed,
    AccountMarked,
)
"""What of a journal changes holdings, cash and marks, and what tells of them."""

_INPUTS = frozenset(KINDS) - {OrderRequested, BreakerTripped, BreakerRearmed, AccountMarked}


class _OpenDoor:
    """Gate and board in one that stand against nothing: what left has left already."""

    def check(self, order: Order, book: Book) -> RiskVerdict:
        return APPROVED

    def observe(self, book: Book) -> Sequence[BreakerTripped | BreakerRearmed]:
        return ()

    def reset(self, book: Book, event: BreakerRearmed) -> None:
        pass

    def entry_block(self, instrument_id: str, strategy: str, book: Book) -> str:
        return ""


def _no_orders(decision: DecisionMade, book: Book) -> Sequence[Event]:
    return ()


def rebuild(records: Iterable[Record]) -> Iterator[tuple[Record, Book]]:
    """Each record of :data:`KINDS` with the book as it stands after it; the book is one and changes in place.

    A second session in the same journal begins a new book.
    """
    door = _OpenDoor()
    reducer = Reducer((), door, door, _no_orders)
    for record in records:
        event = record.event
        if type(event) in _INPUTS and record.cause == 0:
            reducer.step(event)
        elif isinstance(event, OrderRequested):
            enter_order(reducer.state, event.order)
        elif isinstance(event, BreakerTripped):
            enter_trip(reducer.state, event)
        elif isinstance(event, BreakerRearmed):
            reducer.state.book.breakers.pop(breaker_key(event.breaker, event.scope_key), None)
        yield record, reducer.state.book
