"""What protects each open position should the process die: stops that rest at the venue, or nothing.

An order counts where the venue has said that it has it, and nothing more must happen for it to be live: not
what is still on its way, nor a child whose entry has filled nothing. A stop that trails by the loop stays
where it is once the loop is gone.
"""

import msgspec

from tradewind.core.book import Book, Position, key_of, orders_of
from tradewind.core.orders import Order, Working
from tradewind.views.amounts import price_text, quantity_text

NOTHING = "nothing"


class GuardRow(msgspec.Struct, frozen=True, kw_only=True):
    """One open position and its stops; quantities in signed units, prices in the quote currency."""

    instrument_id: str
    account: str
    strategy: str
    quantity: str
    mark_price: str | None
    protected_quantity: str
    """As much of it as stops cover that rest at the venue; unsigned."""
    stop_prices: tuple[str, ...]
    trails: bool
    """A stop of it is moved by this process: without it, it stays where it is."""
    protection: str
    """The same in words; ``nothing`` where no stop rests at the venue."""


def guard_rows(book: Book) -> tuple[GuardRow, ...]:
    """Every open position of the book, the unprotected first, then by instrument."""
    rows = [_row(book, position) for position in book.positions.values() if position.quantity_lots]
    return tuple(sorted(rows, key=lambda row: (row.protection != NOTHING, row.instrument_id, row.strategy)))


def guard_count(rows: tuple[GuardRow, ...]) -> str:
    """How many of the open positions a stop covers, in words."""
    guarded = sum(row.protection != NOTHING for row in rows)
    return f"{guarded} of {len(rows)} open positions have a stop at the venue should the process die."


def _row(book: Book, position: Position) -> GuardRow:
    instrument = book.instruments[position.instrument_id]
    held = position.quantity_lots
    stops = _stops(book, position)
    lots = min(abs(held), _covered(stops))
    mark = book.mark_ticks.get(instrument.id)
    prices = tuple(price_text(ticks, instrument) for ticks in sorted({_level(order) for order, _ in stops}))
    trails = any(order.trail_pct for order, _ in stops)
    words = NOTHING
    if stops:
        part = "" if lots == abs(held) else f" for {quantity_text(lots, instrument)} of it"
        words = f"stop at {', '.join(prices)}{part}{', trailing while the process lives' if trails else ''}"
    return GuardRow(
        instrument_id=instrument.id,
        account=position.account,
        strategy=position.strategy,
        quantity=quantity_text(held, instrument),
        mark_price=None if mark is None else price_text(mark, instrument),
        protected_quantity=quantity_text(lots, instrument),
        stop_prices=prices,
        trails=trails,
        protection=words,
    )


def _stops(book: Book, position: Position) -> list[tuple[Order, int]]:
    """Stops that rest at the venue against the position, with the lots that are left of each."""
    found = []
    for state in orders_of(book, position.key):
        order = state.order
        if type(state) is not Working or order.stop_price_ticks is None or not order.reduce_only:
            continue
        parent = book.open_orders.get(order.parent_id)
        waits = parent is not None and parent.filled_lots == 0 and key_of(parent.order) == position.key
        if order.signed_lots * position.quantity_lots < 0 and not waits:
            found.append((order, state.remaining_lots))
    return found


def _covered(stops: list[tuple[Order, int]]) -> int:
    """Lots that the stops cover together; those of one group cancel one another."""
    by_group: dict[str, int] = {}
    for order, lots in stops:
        group = order.group_id or order.client_order_id
        by_group[group] = max(by_group.get(group, 0), lots)
    return sum(by_group.values())


def _level(order: Order) -> int:
    return order.stop_price_ticks or 0
