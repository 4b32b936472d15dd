"""Orders that hang together: one cancels the other, one waits for its parent, and both as a bracket.

*One cancels the other*: orders of one holder with the same ``group_id``. A fill that ends one takes the
others off the book; a partial fill takes as many lots off each of them.

*One triggers the other*: an order with ``contingency`` OTO rests inactive until its parent has filled. One
that only reduces becomes live with the parent's first fill, for as much as is held; any other when the parent
is filled whole. A parent that ends unfilled takes its children along; one that ends partly filled leaves
those that reduce, for what was filled. OTO orders of one group cancel one another as well: entry, stop and
target are then a bracket.

Whoever cancels one order of a group by request leaves the others where they are.
"""

from tradewind.core.book import key_of
from tradewind.core.orders import BrokerReport, Order
from tradewind.core.vocabulary import Contingency
from tradewind.execution.venue.book import VenueBook, canceled, expired, replaced
from tradewind.execution.venue.resting import Resting


def parent_refusal(order: Order, book: VenueBook) -> str:
    """Why an order cannot wait for the parent that it names; empty when it can, or need not."""
    if order.contingency is not Contingency.OTO or book.find(order.parent_id) is not None:
        return ""
    if book.state.seen.get(order.parent_id):
        return ""
    return f"its parent {order.parent_id} is not on the book and was not filled"


def must_wait(order: Order, reduces: bool, book: VenueBook) -> bool:
    """Whether an order rests inactive for now."""
    if order.contingency is not Contingency.OTO:
        return False
    parent = book.find(order.parent_id)
    if parent is None:
        return False
    return parent.filled_lots == 0 if reduces else True


def cancel(book: VenueBook, resting: Resting, ts_ns: int, reason: str, reports: list[BrokerReport]) -> None:
    """Take an order off the book, and its children with it."""
    book.remove(resting)
    reports.append(canceled(resting, ts_ns, reason))
    _leave_children(book, resting, ts_ns, reports)


def expire(book: VenueBook, resting: Resting, ts_ns: int, reports: list[BrokerReport]) -> None:
    """An order's time has run out; its children end with it."""
    book.remove(resting)
    reports.append(expired(resting, ts_ns))
    _leave_children(book, resting, ts_ns, reports)


def after_fill(book: VenueBook, resting: Resting, lots: int, ts_ns: int, reports: list[BrokerReport]) -> None:
    """What a fill of ``lots`` means for the orders that hang on the one that was filled."""
    if not book.has_links():
        return
    own = resting.order
    ended = resting.remaining_lots == 0
    for other in book.linked():
        order = other.order
        if other.waits and order.parent_id == own.client_order_id:
            other.waits = not (ended or other.reduces)
        elif _cancel_one_another(own, order):
            _yield_to(book, other, own.client_order_id, lots, ended, ts_ns, reports)


def _cancel_one_another(first: Order, second: Order) -> bool:
    return (
        first.group_id != ""
        and first.group_id == second.group_id
        and first.client_order_id != second.client_order_id
        and first.contingency is not Contingency.NONE
        and second.contingency is not Contingency.NONE
        and key_of(first)[:2] == key_of(second)[:2]
    )


def _yield_to(
    book: VenueBook,
    other: Resting,
    client_id: str,
    lots: int,
    ended: bool,
    ts_ns: int,
    reports: list[BrokerReport],
) -> None:
    if ended or other.remaining_lots <= lots:
        cancel(book, other, ts_ns, f"{client_id} of its group was filled", reports)
        return
    other.remaining_lots -= lots
    other.yielded_lots += lots
    reports.append(replaced(other, ts_ns, f"{client_id} of its group filled {lots} lots"))


def _leave_children(book: VenueBook, parent: Resting, ts_ns: int, reports: list[BrokerReport]) -> None:
    """A parent has ended short of its quantity: what waits for it ends, what protects it shrinks to it."""
    if not book.has_links():
        return
    name, filled = parent.order.client_order_id, parent.filled_lots
    for child in book.linked():
        if child.order.parent_id != name or child.order.contingency is not Contingency.OTO:
            continue
        left = min(child.remaining_lots, filled - child.filled_lots - child.yielded_lots)
        if left <= 0 or not child.reduces:
            cancel(book, child, ts_ns, f"its parent {name} ended with {filled} lots filled", reports)
        elif left < child.remaining_lots:
            child.remaining_lots = left
            reports.append(replaced(child, ts_ns, f"its parent {name} ended with {filled} lots filled"))
