"""Whether the account can carry an order: money for what is bought, holdings for what is sold."""

from collections.abc import Iterable

from tradewind.core.money import cash_to_decimal, divide_half_even, notional_e8
from tradewind.core.orders import Side
from tradewind.execution.venue_server.account import worth_of
from tradewind.execution.venue_server.books import Books
from tradewind.execution.venue_server.inputs import RefusedError
from tradewind.execution.venue_server.orders import Asked, VenueOrder

LEVERAGE = 2
"""Shares may be held for this many times the equity, as under Regulation T overnight."""


def reckoned_ticks(books: Books, asked: Asked) -> int:
    """Ticks that an order is reckoned at: its limit, its stop, what its side is shown; 0 before any price."""
    given = asked.limit_ticks if asked.limit_ticks is not None else asked.stop_ticks
    if given is not None:
        return given
    shown = books.shown.get(asked.instrument_id)
    if shown is None:
        return 0
    return shown.ask_ticks if asked.side is Side.BUY else shown.bid_ticks


def price_of(books: Books, asked: Asked) -> int:
    """The same; RefusedError before any price."""
    found = reckoned_ticks(books, asked)
    if not found:
        message = f"there is no price of {books.listings[asked.instrument_id].instrument.symbol} yet"
        raise RefusedError("invalid", message)
    return found


def reserved_e8(books: Books, currency: str) -> int:
    """Money that open orders which open or enlarge holdings need, at the prices that they are reckoned at."""
    total = 0
    for (name, sign), product in books.pledged.items():
        listing = books.listings[name]
        if listing.quote == currency and books.account.held(name) * sign >= 0:
            numerator, denominator = listing.instrument.ratio
            total += divide_half_even(product * numerator, denominator)
    return total


def buying_power_e8(books: Books, currency: str, *, coins: bool) -> int:
    """Money for new orders: free cash for coins, twice the equity less what is held for shares."""
    worth = worth_of(books.account, books.listings, books.marks(), currency)
    reserved = reserved_e8(books, currency)
    if coins:
        return max(worth.cash_e8 - reserved, 0)
    gross = worth.long_e8 - worth.short_e8
    return max(LEVERAGE * worth.equity_e8 - gross - reserved, 0)


def held_for_orders(books: Books, instrument_id: str) -> int:
    """Lots of a holding that open exits will take; orders of one group take them once."""
    by_group: dict[str, int] = {}
    for order in books.open_orders():
        if order.asked.instrument_id == instrument_id and _exits(books, order):
            group = order.asked.group or order.id
            by_group[group] = max(by_group.get(group, 0), order.left_lots)
    return sum(by_group.values())


def check_funds(books: Books, asked: Asked, without: Iterable[VenueOrder] = ()) -> None:
    """RefusedError when the account cannot carry the order; orders ``without`` are about to go."""
    listing = books.listings[asked.instrument_id]
    held = books.account.held(asked.instrument_id)
    sign = asked.side.sign
    if held * sign < 0 or (listing.is_coin and sign < 0) or asked.reduces:
        freed = sum(order.left_lots for order in without if _exits(books, order))
        available = abs(held) - held_for_orders(books, asked.instrument_id) + freed
        if held * sign >= 0:
            available = 0
        if asked.lots > available:
            raise _short_of(books, asked, max(available, 0))
        return
    if sign < 0 and not listing.instrument.shortable:
        message = f'asset "{listing.instrument.symbol}" cannot be sold short'
        raise RefusedError("quantity", message)
    ratio = listing.instrument.ratio
    freed = sum(notional_e8(order.reckoned_ticks, order.left_lots, ratio) for order in without)
    power = buying_power_e8(books, listing.quote, coins=listing.is_coin) + freed
    needed = notional_e8(price_of(books, asked), asked.lots, ratio)
    if needed > power:
        raise RefusedError(
            "funds",
            "insufficient buying power",
            buying_power=f"{cash_to_decimal(power):f}",
            cost_basis=f"{cash_to_decimal(needed):f}",
        )


def _exits(books: Books, order: VenueOrder) -> bool:
    """Whether an order makes a holding smaller: one that only reduces, or stands against what is held."""
    if order.asked.reduces:
        return True
    return books.account.held(order.asked.instrument_id) * order.asked.side.sign < 0


def _short_of(books: Books, asked: Asked, available: int) -> RefusedError:
    held = abs(books.account.held(asked.instrument_id))
    requested, left = (f"{cash_to_decimal(lots).normalize():f}" for lots in (asked.lots, available))
    return RefusedError(
        "quantity",
        f"insufficient qty available for order (requested: {requested}, available: {left})",
        available=left,
        existing_qty=f"{cash_to_decimal(held).normalize():f}",
        held_for_orders=f"{cash_to_decimal(max(held - available, 0)).normalize():f}",
        symbol=books.listings[asked.instrument_id].instrument.symbol,
    )
