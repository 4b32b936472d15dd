"""What the rest of the book already takes, so that a target fits beside it."""

from typing import NamedTuple

from tradewind.core.book import Book, in_base
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.money import divide_half_even
from tradewind.core.orders import Side
from tradewind.kernels.limits import highest_lots, lowest_lots


class Taken(NamedTuple):
    """Worst-case gross exposure of all other instruments, in 1e-8 of base; ``problem`` when it is unknown."""

    gross_e8: int
    class_e8: int
    problem: str


def value_e8(book: Book, instrument: Instrument, lots: int) -> int:
    """Signed value of ``lots`` at the mark in the base currency; KeyError without mark or rate."""
    numerator, denominator = instrument.ratio
    value = book.mark_ticks[instrument.id] * lots * numerator
    if denominator != 1:
        value = divide_half_even(value, denominator)
    if instrument.quote_currency == book.base_currency:
        return value
    return in_base(book, value, instrument.quote_currency)


def unpriced(book: Book, instrument: Instrument | None, instrument_id: str) -> str:
    """Why an instrument cannot be valued in the base currency; empty when it can."""
    if instrument is None:
        return f"{instrument_id} is not a known instrument"
    if instrument_id not in book.mark_ticks:
        return f"{instrument_id} has no price yet"
    currency = instrument.quote_currency
    if currency != book.base_currency and currency not in book.rate_e8:
        return f"there is no rate from {currency} to {book.base_currency}"
    return ""


def taken_by_others(book: Book, instrument_id: str, group: str) -> Taken:
    """Exposure of every other instrument if its open orders fill at the worst."""
    pending: dict[str, list[int]] = {}
    for state in book.open_orders.values():
        order = state.order
        if order.instrument_id != instrument_id:
            lots = pending.setdefault(order.instrument_id, [0, 0, 0, 0])
            lots[(0 if order.side is Side.BUY else 1) + (2 if order.reduce_only else 0)] += (
                state.remaining_lots
            )
    gross = in_class = 0
    for other in {**book.positions, **pending} if pending else book.positions:
        held = book.positions[other].quantity_lots if other in book.positions else 0
        if other == instrument_id or (held == 0 and other not in pending):
            continue
        instrument = book.instruments.get(other)
        problem = unpriced(book, instrument, other)
        if problem or instrument is None:
            return Taken(0, 0, problem)
        low = high = held
        if other in pending:
            buys, sells, reducing_buys, reducing_sells = pending[other]
            low = lowest_lots(held, sells, reducing_sells)
            high = highest_lots(held, buys, reducing_buys)
        worst = abs(value_e8(book, instrument, high if abs(high) >= abs(low) else low))
        gross += worst
        if class_group(instrument.asset_class) == group:
            in_class += worst
    return Taken(gross, in_class, "")
