"""Prices that a session saw, by instrument: for charts, and for buying and holding what it traded."""

from array import array
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from tradewind.core.accounts import CorporateAction, price_factor
from tradewind.core.book import Book, unit_price
from tradewind.core.decisions import AccountMarked
from tradewind.core.events import Record
from tradewind.core.exchanges import EXCHANGES
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Timeframe
from tradewind.core.orders import OrderFilled
from tradewind.core.panel import Floats, Ints
from tradewind.core.trading_calendar import account_day
from tradewind.core.vocabulary import ActionKind


@dataclass
class PriceLine:
    """Closes of one instrument's shortest bars, on the share count of the end, and fills on the same.

    ``grown`` is by day what one unit bought at the first close is worth, in the quote currency: a dividend
    buys more of it at the close of the first bar that is ex.
    """

    length_ns: int
    ts_ns: "array[int]" = field(default_factory=lambda: array("q"))
    close: "array[float]" = field(default_factory=lambda: array("d"))
    fills: list[tuple[int, int, float]] = field(default_factory=list)
    """``(ts_ns, +1 bought or -1 sold, price)``."""
    grown: dict[int, float] = field(default_factory=dict)
    newest: float = 0.0
    units: float = 1.0
    """Of the bought one, after splits and dividends."""
    due: float = 0.0
    """Dividends on one unit that the next close puts in again."""

    def see(self, bar: Bar) -> None:
        """Enter a bar of the line's own length."""
        self.ts_ns.append(bar.ts_event)
        self.close.append(bar.close)
        self.newest = bar.close
        self.units *= 1.0 + self.due / bar.close
        self.due = 0.0
        self.grown[account_day(bar.ts_event)] = bar.close * self.units

    def act(self, action: CorporateAction, currency: str) -> None:
        """A split changes what a unit is; a dividend in the quote ``currency`` buys more of it."""
        if action.kind is ActionKind.SPLIT and action.numerator > 0 and action.denominator > 0:
            factor = price_factor(action)
            self.close = array("d", [price * factor for price in self.close])
            self.fills = [(ts, side, price * factor) for ts, side, price in self.fills]
            self.units /= factor
            self.newest *= factor
            self.due *= factor
        elif action.kind is ActionKind.DIVIDEND and action.currency in ("", currency):
            self.due += max(_paid(action), 0.0) if self.newest else 0.0

    def exchange(self, action: CorporateAction, price: float) -> None:
        """Shares of another instrument came, at ``price`` a unit: those of a spin-off buy more of it, as a
        dividend does; a merger ends the line at what it gave.
        """
        if action.numerator <= 0 or action.denominator <= 0 or not self.newest:
            return
        worth = _paid(action) + price * action.numerator / action.denominator
        if action.kind is ActionKind.SPIN_OFF:
            self.due += worth
        else:
            self.grown[account_day(action.ts_event)] = (self.due + worth) * self.units


@dataclass
class PriceLines:
    """Follows the records of one session with the book after each."""

    lines: dict[str, PriceLine] = field(default_factory=dict)
    rates: dict[int, dict[str, float]] = field(default_factory=dict)
    """By day, what one unit of a currency was worth in the base currency at its end."""
    _fills: int = 0

    def take(self, record: Record, book: Book) -> None:
        """Follow one record; ``book`` is as it stands after it."""
        event = record.event
        match event:
            case Bar() if not event.warmup:
                self._bar(event)
            case OrderFilled():
                if book.fills_seen > self._fills and event.instrument_id in self.lines:
                    price = event.price_ticks * book.instruments[event.instrument_id].tick_float
                    self.lines[event.instrument_id].fills.append((event.ts_event, event.side.sign, price))
                self._fills = book.fills_seen
            case CorporateAction() if event.instrument_id in self.lines:
                currency = book.instruments[event.instrument_id].quote_currency
                if event.kind in EXCHANGES:
                    worth = unit_price(book, event.into) if event.into in book.instruments else None
                    if worth is not None or not event.into:
                        self.lines[event.instrument_id].exchange(event, float(worth or 0))
                else:
                    self.lines[event.instrument_id].act(event, currency)
            case AccountMarked() if book.rates:
                self.rates[account_day(event.ts_event)] = {c: n / d for c, (n, d) in book.rates.items()}
            case _:
                pass

    def _bar(self, bar: Bar) -> None:
        length = Timeframe(bar.timeframe).length_ns
        line = self.lines.get(bar.instrument_id)
        if line is None or length < line.length_ns:
            # A shorter bar than any before: the line of longer ones was not the instrument's own.
            line = self.lines[bar.instrument_id] = PriceLine(length, fills=line.fills if line else [])
        if length == line.length_ns:
            line.see(bar)


def held_worth(lines: PriceLines, instrument: Instrument, base_currency: str, days: Ints) -> Floats:
    """What one unit of the base currency, put into an instrument at its first close, is worth by day (D,).

    The last known value stands on days without a price; before the first it is 1. ``days`` are numbers of
    the account's days, rising.
    """
    line, currency = lines.lines[instrument.id], instrument.quote_currency
    worth: list[float] = []
    first, now, rate = 0.0, 0.0, 1.0 if currency == base_currency else 0.0
    for day in days.tolist():
        rate = lines.rates.get(day, {}).get(currency, rate)
        now = line.grown.get(day, now)
        value = now * rate
        if first == 0.0 and value > 0.0:
            first = value
        worth.append(value / first if first > 0.0 else 1.0)
    return np.array(worth, np.float64)


def _paid(action: CorporateAction) -> float:
    """What is paid on a unit; 0 for words that are no number, which the loop refused as well."""
    try:
        return float(Fraction(action.amount))
    except (ValueError, ZeroDivisionError):
        return 0.0
