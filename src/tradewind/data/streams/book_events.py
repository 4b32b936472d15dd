"""What a book's consumers are told after each change."""

from tradewind.data.streams.order_book import OrderBook
from tradewind.data.streams.ticks import BookMoved


def book_moved(book: OrderBook, instrument_id: str, ts_event: int, ts_recv: int) -> BookMoved:
    """The best of a book as it stands now."""
    bid, ask = book.best_bid() or (0.0, 0.0), book.best_ask() or (0.0, 0.0)
    return BookMoved(
        ts_event=ts_event,
        instrument_id=instrument_id,
        in_step=book.in_step,
        bid=bid[0],
        bid_size=bid[1],
        ask=ask[0],
        ask_size=ask[1],
        update_id=book.last_id or 0,
        ts_recv=ts_recv,
    )
