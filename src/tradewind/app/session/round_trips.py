"""Round trips as they go, and what splits, mergers and spin-offs make of them."""

from dataclasses import dataclass
from fractions import Fraction

from tradewind.core.accounts import CorporateAction
from tradewind.core.book import Book, PositionKey, unit_price
from tradewind.core.exchanges import Exchanged, exchanged
from tradewind.core.market import Bar
from tradewind.core.vocabulary import ActionKind


@dataclass
class Trip:
    """One round trip as it goes: lots and values (1e-8 of the quote currency) in and out, unsigned."""

    entered: int
    sign: int
    lots_in: Fraction = Fraction(0)
    value_in: Fraction = Fraction(0)
    lots_out: Fraction = Fraction(0)
    value_out: Fraction = Fraction(0)
    commission_e8: int = 0
    shortfall_e8: int = 0
    income_e8: int = 0
    fills: int = 0
    bars: int = 0
    low: float | None = None
    high: float | None = None
    unsure: Bar | None = None
    """The newest bar: its extremes count once it is known that the exit was not inside it."""
    cost: Fraction = Fraction(0)
    """Of what is still held, at the average: the part of ``value_in`` that has not left."""

    def fill(self, lots: Fraction, value: Fraction, fee_e8: int, shortfall_e8: int, *, enters: bool) -> None:
        """Enter a fill, or its part that belongs to this trip."""
        if enters:
            self.enter(lots, value)
        else:
            self.leave(lots, value)
        self.commission_e8 += fee_e8
        self.shortfall_e8 += shortfall_e8
        self.fills += 1

    def see(self, bar: Bar) -> None:
        """A bar went by while it was open."""
        if self.unsure is not None and self.unsure.ts_event < bar.ts_event:
            self.reach(self.unsure.low, self.unsure.high)
        self.unsure = bar

    def reach(self, low: float, high: float) -> None:
        """Its price was at these."""
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)

    def split(self, action: CorporateAction) -> None:
        """Its lots are others now, at prices to match."""
        self.rescale(Fraction(action.numerator, action.denominator), Fraction(1))

    def rescale(self, lots: Fraction, lot_size: Fraction) -> None:
        """So many new lots for one, each of ``lot_size`` times as many units."""
        self.lots_in, self.lots_out = self.lots_in * lots, self.lots_out * lots
        if self.unsure is not None:
            self.reach(self.unsure.low, self.unsure.high)
            self.unsure = None
        if self.low is not None and self.high is not None:
            units = float(lots * lot_size)
            self.low, self.high = self.low / units, self.high / units

    def enter(self, lots: Fraction, value: Fraction) -> None:
        """So many lots came for a value."""
        self.lots_in += lots
        self.value_in += value
        self.cost += value

    def leave(self, lots: Fraction, value: Fraction) -> None:
        """So many lots went for a value, and their part of the cost with them."""
        held = self.lots_in - self.lots_out
        if held:
            self.cost -= self.cost * lots / held
        self.lots_out += lots
        self.value_out += value

    def take_over(self, other: "Trip") -> None:
        """What another trip cost and earned beside its lots belongs to this one now."""
        self.commission_e8 += other.commission_e8
        self.shortfall_e8 += other.shortfall_e8
        self.income_e8 += other.income_e8
        self.fills += other.fills

    def add(self, other: "Trip") -> None:
        """Another trip on the same side goes on in this one."""
        self.entered = min(self.entered, other.entered)
        self.lots_in += other.lots_in
        self.value_in += other.value_in
        self.lots_out += other.lots_out
        self.value_out += other.value_out
        self.cost += other.cost

    def meet(self, other: "Trip") -> Fraction:
        """Another trip, on the other side, is set against this one at its cost; lots of it that are left.

        What it had bought counts here as an exit, and what it had sold as an entry.
        """
        came = other.lots_in - other.lots_out
        closing = min(came, self.lots_in - self.lots_out)
        part = other.cost * closing / came
        self.leave(closing, part)
        self.lots_in, self.value_in = self.lots_in + other.lots_out, self.value_in + other.value_out
        self.lots_out, self.value_out = self.lots_out + other.lots_out, self.value_out + other.spent
        return came - closing

    @property
    def spent(self) -> Fraction:
        """Cost of what has left."""
        return self.value_in - self.cost


@dataclass
class OpenTrip:
    """The trip that is open in one position, and the one that a fill across zero has begun behind it."""

    trip: Trip
    following: Trip | None = None


def exchange_trip(
    trips: dict[PositionKey, OpenTrip], key: PositionKey, action: CorporateAction, book: Book
) -> None:
    """Carry a merger or a spin-off out on an open trip, as the loop did; ``book`` stands after it.

    Cash counts as an exit at what was paid. A trip of a merged instrument goes on in the new shares at its
    own entry; where the holder has a trip there already, it becomes a part of that, or ends it at cost.
    """
    old, new = book.instruments[action.instrument_id], book.instruments.get(action.into)
    price = unit_price(book, new.id) or Fraction(0) if new is not None else Fraction(0)
    before = unit_price(book, old.id) or Fraction(0)
    if new is not None:
        before += price * Fraction(action.numerator, action.denominator)
    trip = trips[key].trip
    lots = trip.sign * int(trip.lots_in - trip.lots_out)
    parts = exchanged(lots, action, old, new, price, before)
    lot_size = None if new is None else Fraction(new.lot) / Fraction(old.lot)
    came = _came_of(trip, action, parts, lot_size)
    if came is None or new is None:
        return  # nothing goes on; the loop says that the trip ended
    if action.kind is ActionKind.MERGER:
        del trips[key]
    _join(trips, PositionKey(key.account, key.strategy, new.id), came)


def _came_of(trip: Trip, action: CorporateAction, parts: Exchanged, lot_size: Fraction | None) -> Trip | None:
    """The trip in the new shares (of lots ``lot_size`` times as large); None where none of them came."""
    carried, left = trip.cost * parts.carried, trip.lots_in - trip.lots_out
    paid = Fraction(abs(parts.paid_e8 + parts.in_lieu_e8))
    if action.kind is ActionKind.MERGER:
        trip.leave(left * (1 - parts.carried), paid)
        if not parts.lots or lot_size is None:
            return None
        trip.rescale(abs(parts.lots) / (left * parts.carried), lot_size)
        return trip
    trip.cost *= parts.kept
    trip.value_in -= carried
    trip.value_out += paid
    if not parts.lots:
        return None
    spun = Trip(action.ts_event, trip.sign)
    spun.enter(Fraction(abs(parts.lots)), carried)
    return spun


def _join(trips: dict[PositionKey, OpenTrip], key: PositionKey, came: Trip) -> None:
    """Enter a trip that came from other shares among those of the new ones."""
    there = trips.get(key)
    if there is None:
        trips[key] = OpenTrip(came)
        return
    there.trip.take_over(came)
    if there.trip.sign == came.sign:
        there.trip.add(came)
        return
    cost, lots = came.cost, came.lots_in - came.lots_out
    left = there.trip.meet(came)
    if left:
        there.following = Trip(came.entered, came.sign)
        there.following.enter(left, cost * left / lots)
