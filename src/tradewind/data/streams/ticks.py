"""Trades of the market and tops of books, as they come off a stream; they stay out of the journal."""

from tradewind.core.market import Event


class Trade(Event, frozen=True, kw_only=True, gc=False, tag="trade"):
    """One trade of the market (not one of ours). ``quantity`` in whole units, ``price`` in quote currency."""

    instrument_id: str
    trade_id: int
    price: float
    quantity: float
    buyer_is_maker: bool | None = None
    """True when the seller was the one who took; None where the source does not say."""
    ts_recv: int = 0


class TradeCancelled(Event, frozen=True, kw_only=True, gc=False, tag="trade_cancelled"):
    """A trade that was reported does not count; where it was corrected, the right one follows."""

    instrument_id: str
    trade_id: int
    price: float
    quantity: float
    ts_recv: int = 0


class BookMoved(Event, frozen=True, kw_only=True, gc=False, tag="book_moved"):
    """The best of an order book after a change; the whole of it is the stream's ``books``.

    A side that is not there has price and size 0. ``in_step`` is false from a gap until the book is whole
    again: then both sides are empty.
    """

    instrument_id: str
    in_step: bool
    bid: float = 0.0
    bid_size: float = 0.0
    ask: float = 0.0
    ask_size: float = 0.0
    update_id: int = 0
    ts_recv: int = 0
