"""What kept a session from trading, in words: to be shown beside any figure of the run."""

from tradewind.core.book import Book
from tradewind.core.timestamps import iso
from tradewind.core.vocabulary import BreakerAction


def what_stopped(book: Book) -> list[str]:
    """Breakers that block new entries at the end, and that no order was sent at all; empty where neither."""
    said = [
        f"New entries are blocked by {key} since {iso(state.tripped_ts)} (re-armed by {state.rearm})."
        for key, state in book.breakers.items()
        if state.action is not BreakerAction.NOTE
    ]
    if book.orders_sent == 0:
        said.append("Not one order was sent: read the journal's refusals, or the breakers above.")
    return said
