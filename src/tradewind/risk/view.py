"""What a rule needs to know about an order: where it could lead, and the exposure of the whole book then.

Open orders count in full: a limit that holds only if some order does not fill is no limit. Each instrument is
taken at its worst, the larger of "all buys fill" and "all sells fill", at its mark; the order's own
instrument is taken where the order leads.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from tradewind.core.book import Book, in_base
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.money import CASH_SCALE, divide_half_even, notional_e8
from tradewind.core.orders import Order, Side
from tradewind.kernels.limits import highest_lots, leaves_flat_or_nearer, lowest_lots


class Facts(NamedTuple):
    """What valuing and limiting an instrument takes, looked up once."""

    group: str
    venue: str
    currency: str
    numerator: int
    denominator: int


def facts_of(instruments: Mapping[str, Instrument]) -> dict[str, Facts]:
    """Facts by instrument."""
    return {
        instrument_id: Facts(class_group(i.asset_class), i.venue, i.quote_currency, *i.ratio)
        for instrument_id, i in instruments.items()
    }


class PendingLots(msgspec.Struct):
    """Unfilled lots of an instrument's open orders by side; reduce-only ones apart."""

    buys: int = 0
    sells: int = 0
    reducing_buys: int = 0
    reducing_sells: int = 0

    def add(self, order: Order, lots: int) -> None:
        """Count ``lots`` of ``order``."""
        if order.side is Side.BUY:
            if order.reduce_only:
                self.reducing_buys += lots
            else:
                self.buys += lots
        elif order.reduce_only:
            self.reducing_sells += lots
        else:
            self.sells += lots


class Exposures(msgspec.Struct):
    """Worst-case exposure in 1e-8 of the base currency, with all open orders and the order in question.

    ``problem`` names the first holding that cannot be valued; the figures are then not to be used.
    """

    instrument_e8: int = 0
    gross_e8: int = 0
    longest_net_e8: int = 0
    shortest_net_e8: int = 0
    pending_buys_e8: int = 0
    by_class: dict[str, int] = msgspec.field(default_factory=dict)
    by_venue: dict[str, int] = msgspec.field(default_factory=dict)
    problem: str = ""


class OrderView:
    """An order against the book.

    ``after_lots`` is the position on the order's own side if it and all open orders of that side fill;
    ``reducing`` says that it only takes a position towards flat, so no exposure limit stops it.
    """

    __slots__ = ("_exposures", "_facts", "after_lots", "book", "instrument", "order", "reducing")

    def __init__(self, order: Order, instrument: Instrument, book: Book, facts: Mapping[str, Facts]) -> None:
        self.order = order
        self.instrument = instrument
        self.book = book
        self._facts = facts
        self._exposures: Exposures | None = None
        pending = PendingLots()
        for state in book.open_orders.values():
            if state.order.instrument_id == order.instrument_id:
                pending.add(state.order, state.remaining_lots)
        position = book.positions.get(order.instrument_id)
        held = position.quantity_lots if position is not None else 0
        reduce_only_now = order.reduce_only and held * order.signed_lots < 0
        if reduce_only_now and order.quantity_lots <= abs(held):
            # A protective order beside another one: whichever fills, both can only reduce.
            self.after_lots, self.reducing = held + order.signed_lots, True
            return
        pending.add(order, order.quantity_lots)
        if order.side is Side.BUY:
            self.after_lots = highest_lots(held, pending.buys, pending.reducing_buys)
        else:
            self.after_lots = lowest_lots(held, pending.sells, pending.reducing_sells)
        self.reducing = leaves_flat_or_nearer(order.side.sign, self.after_lots)

    @property
    def exposures(self) -> Exposures:
        """Worst-case exposures with this order, made once."""
        if self._exposures is None:
            self._exposures = worst_exposures(self.book, self._facts, self.order)
        return self._exposures

    def order_value_e8(self) -> int:
        """Unsigned value of the order in the base currency at its mark, or at its limit where worse."""
        order = self.order
        price = self.book.mark_ticks[order.instrument_id]
        if order.limit_price_ticks is not None and order.side is Side.BUY:
            price = max(price, order.limit_price_ticks)
        value = notional_e8(price, order.quantity_lots, self.instrument.ratio)
        return in_base(self.book, value, self.instrument.quote_currency)


def pending_by_id(book: Book) -> dict[str, PendingLots]:
    """Open orders summed by instrument."""
    pending: dict[str, PendingLots] = {}
    for state in book.open_orders.values():
        instrument_id = state.order.instrument_id
        lots = pending.get(instrument_id)
        if lots is None:
            lots = pending[instrument_id] = PendingLots()
        lots.add(state.order, state.remaining_lots)
    return pending


def worst_exposures(book: Book, facts: Mapping[str, Facts], order: Order | None = None) -> Exposures:
    """Exposures of the book with all open orders, and with ``order`` if one is given."""
    pending = pending_by_id(book)
    if order is not None:
        pending.setdefault(order.instrument_id, PendingLots()).add(order, order.quantity_lots)
    total = Exposures()
    for instrument_id, position in book.positions.items():
        if position.quantity_lots and instrument_id not in pending:
            _add_instrument(total, book, facts, instrument_id, position.quantity_lots, position.quantity_lots)
    for instrument_id, lots in pending.items():
        held = book.positions[instrument_id].quantity_lots if instrument_id in book.positions else 0
        low = lowest_lots(held, lots.sells, lots.reducing_sells)
        high = highest_lots(held, lots.buys, lots.reducing_buys)
        if order is not None and instrument_id == order.instrument_id:
            # Only where this order leads: what it leaves behind unfilled is not its doing, and a position
            # that has grown past its limit must be free to turn round.
            low = high = high if order.side is Side.BUY else low
            total.instrument_e8 = _add_instrument(total, book, facts, instrument_id, low, high)
        else:
            _add_instrument(total, book, facts, instrument_id, low, high)
        if lots.buys and not total.problem:
            total.pending_buys_e8 += _value_e8(
                book, facts[instrument_id], book.mark_ticks[instrument_id], lots.buys
            )
    return total


def _value_e8(book: Book, facts: Facts, mark: int, lots: int) -> int:
    """The same figure as ``position_value_e8``, to the unit, without its lookups and overflow checks."""
    value = mark * lots * facts.numerator
    if facts.denominator != 1:
        value = divide_half_even(value, facts.denominator)
    if facts.currency == book.base_currency:
        return value
    return divide_half_even(value * book.rate_e8[facts.currency], CASH_SCALE)


def _add_instrument(
    total: Exposures, book: Book, facts: Mapping[str, Facts], instrument_id: str, low: int, high: int
) -> int:
    """Add one instrument that may end anywhere from ``low`` to ``high`` lots; its worst exposure."""
    fact, mark = facts.get(instrument_id), book.mark_ticks.get(instrument_id)
    if fact is None or mark is None or total.problem:
        total.problem = total.problem or f"{instrument_id} {'has no price yet' if fact else 'is not known'}"
        return 0
    if fact.currency != book.base_currency and fact.currency not in book.rate_e8:
        total.problem = (
            f"there is no rate from {fact.currency} to {book.base_currency} to value {instrument_id}"
        )
        return 0
    high_e8 = _value_e8(book, fact, mark, high)
    low_e8 = high_e8 if low == high else _value_e8(book, fact, mark, low)
    worst = max(abs(low_e8), abs(high_e8))
    total.gross_e8 += worst
    total.longest_net_e8 += high_e8
    total.shortest_net_e8 += low_e8
    total.by_class[fact.group] = total.by_class.get(fact.group, 0) + worst
    total.by_venue[fact.venue] = total.by_venue.get(fact.venue, 0) + worst
    return worst
