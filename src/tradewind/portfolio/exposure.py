"""What the rest of the book already takes, so that a target fits beside it."""

from collections.abc import Collection
from typing import NamedTuple

from tradewind.core.book import Book, PositionKey, held_lots, in_base, key_of
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.money import divide_half_even
from tradewind.core.orders import Side
from tradewind.kernels.limits import highest_lots, lowest_lots


class Taken(NamedTuple):
    """Worst-case gross exposure of all other holdings, in 1e-8 of base; ``problem`` when it is unknown."""

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
    if currency != book.base_currency and currency not in book.rates:
        return f"there is no rate from {currency} to {book.base_currency}"
    return ""


def taken_by_others(book: Book, own: PositionKey, group: str) -> Taken:
    """Exposure of every other holding, other strategies' of the instrument too, if its orders fill at
    worst.
    """
    beside = taken_beside(book, (own,))
    return Taken(beside.gross_e8, beside.by_class.get(group, 0), beside.problem)


class Beside(NamedTuple):
    """Worst-case gross exposure of what is not asked about, in 1e-8 of base, and of it by class group."""

    gross_e8: int
    by_class: dict[str, int]
    problem: str


def taken_beside(book: Book, own: Collection[PositionKey]) -> Beside:
    """Exposure of every holding but those in ``own``, if open orders fill at worst."""
    pending: dict[PositionKey, list[int]] = {}
    for state in book.open_orders.values():
        order = state.order
        key = key_of(order)
        if key not in own:
            lots = pending.setdefault(key, [0, 0, 0, 0])
            lots[(0 if order.side is Side.BUY else 1) + (2 if order.reduce_only else 0)] += (
                state.remaining_lots
            )
    gross = 0
    by_class: dict[str, int] = {}
    for other in dict.fromkeys((*book.positions, *pending)) if pending else book.positions:
        held = held_lots(book, other)
        if other in own or (held == 0 and other not in pending):
            continue
        instrument = book.instruments.get(other.instrument_id)
        problem = unpriced(book, instrument, other.instrument_id)
        if problem or instrument is None:
            return Beside(0, {}, problem)
        low = high = held
        if other in pending:
            buys, sells, reducing_buys, reducing_sells = pending[other]
            low = lowest_lots(held, sells, reducing_sells)
            high = highest_lots(held, buys, reducing_buys)
        worst = abs(value_e8(book, instrument, high if abs(high) >= abs(low) else low))
        gross += worst
        group = class_group(instrument.asset_class)
        by_class[group] = by_class.get(group, 0) + worst
    return Beside(gross, by_class, "")
