"""Round trips of a session from its journal: where each began and ended, what it brought and what it cost.

The loop itself says when a round trip ended and what it brought (``TradeClosed``); prices, costs and
excursions come from the fills and bars between.
"""

from dataclasses import dataclass, field
from fractions import Fraction

import msgspec

from tradewind.app.session.last_session import with_books
from tradewind.app.session.round_trips import OpenTrip, Trip, exchange_trip
from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted, PositionAdopted, TradeClosed
from tradewind.core.book import Book, PositionKey, in_base, key_of
from tradewind.core.coins import lots_of_coins
from tradewind.core.decisions import OrderRequested
from tradewind.core.events import Record, SessionStarted
from tradewind.core.exchanges import EXCHANGES
from tradewind.core.instruments import Instrument
from tradewind.core.journal_ports import KindReader
from tradewind.core.market import Bar, Timeframe
from tradewind.core.money import CASH_SCALE, divide_half_even
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.core.vocabulary import ActionKind, CashReason
from tradewind.engine.bookkeeping import between
from tradewind.engine.rebuilt_book import KINDS as BOOK_KINDS
from tradewind.views.amounts import cash_text, quantity_text
from tradewind.views.explanation.costs import arrival_ticks
from tradewind.views.report.trade_rows import ClosedTradeRow

KINDS: tuple[type[msgspec.Struct], ...] = (*BOOK_KINDS, PositionAdjusted, TradeClosed)
"""What of a journal trades are made of."""


@dataclass
class ClosedTrades:
    """Follows the records of one session with the book after each; ``rows`` are the trades in turn."""

    rows: list[ClosedTradeRow] = field(default_factory=list)
    _open: dict[PositionKey, OpenTrip] = field(default_factory=dict)
    _orders: dict[str, PositionKey] = field(default_factory=dict)
    _timeframes: dict[str, str] = field(default_factory=dict)
    _shortest: dict[str, int] = field(default_factory=dict)
    _newest: dict[str, Bar] = field(default_factory=dict)
    _income: dict[PositionKey, int] = field(default_factory=dict)
    _fills: int = 0
    _exchange: CorporateAction | None = None
    """The merger or spin-off whose adjustments come next."""

    @property
    def open_count(self) -> int:
        """Round trips that have not come to their end."""
        return len(self._open)

    def take(self, record: Record, book: Book) -> None:
        """Follow one record; ``book`` is as it stands after it."""
        event = record.event
        match event:
            case Bar():
                self._bar(event)
            case OrderRequested():
                self._orders[event.order.client_order_id] = key_of(event.order)
            case OrderFilled():
                if book.fills_seen > self._fills:  # a report that was repeated is booked once
                    self._fill(event, book)
                self._fills = book.fills_seen
            case TradeClosed():
                self._closed(event, book)
            case PositionAdopted():
                self._adopted(event, book)
            case CashMoved() if event.instrument_id:
                self._cash(event, book, decided=record.cause != 0)
            case CorporateAction():
                self._action(event, book)
            case PositionAdjusted():
                self._adjusted(event, book)
            case SessionStarted():
                self._timeframes = {terms.strategy: terms.timeframe for terms in event.strategies}
            case _:
                pass

    def _bar(self, bar: Bar) -> None:
        length = Timeframe(bar.timeframe).length_ns
        shortest = self._shortest.setdefault(bar.instrument_id, length)
        if length < shortest:
            shortest = self._shortest[bar.instrument_id] = length
        if length == shortest:
            self._newest[bar.instrument_id] = bar
        for key, held in self._open.items():
            if key.instrument_id != bar.instrument_id:
                continue
            wanted = self._timeframes.get(key.strategy, "")
            if bar.timeframe == wanted if wanted else length == shortest:
                held.trip.bars += 1
            if length == shortest:
                held.trip.see(bar)

    def _fill(self, fill: OrderFilled, book: Book) -> None:
        key = self._orders[fill.client_order_id]
        instrument = book.instruments[fill.instrument_id]
        signed = fill.side.sign * fill.quantity_lots
        after = book.positions[key].quantity_lots
        before = after - signed
        value = abs(Fraction(*instrument.ratio) * fill.price_ticks * fill.quantity_lots)
        arrived = arrival_ticks(fill)
        shortfall = signed * (fill.price_ticks - arrived)
        short_e8 = divide_half_even(*(Fraction(*instrument.ratio) * shortfall).as_integer_ratio())
        fee_e8 = between(
            book,
            fill.commission_e8,
            fill.fee_currency or instrument.quote_currency,
            instrument.quote_currency,
        )
        if before * after < 0:  # across zero: the fill belongs to two trades, by lots
            part = Fraction(abs(before), fill.quantity_lots)
            of_old = divide_half_even(fee_e8 * abs(before), fill.quantity_lots)
            short_of_old = divide_half_even(short_e8 * abs(before), fill.quantity_lots)
            held = self._open[key]
            held.trip.fill(Fraction(abs(before)), value * part, of_old, short_of_old, enters=False)
            held.following = self._begun(fill, fill.side.sign)
            rest = fee_e8 - of_old, short_e8 - short_of_old
            held.following.fill(Fraction(abs(after)), value * (1 - part), *rest, enters=True)
            return
        if before == 0:
            self._open[key] = OpenTrip(self._begun(fill, fill.side.sign))
        enters = abs(after) > abs(before)
        self._open[key].trip.fill(Fraction(fill.quantity_lots), value, fee_e8, short_e8, enters=enters)

    def _begun(self, fill: OrderFilled, sign: int) -> Trip:
        """A trip that begins with a fill; the bar on which it was filled is the first that it sees."""
        trip = Trip(fill.ts_event, sign)
        bar = self._newest.get(fill.instrument_id)
        if bar is not None and bar.ts_event == fill.ts_event:
            trip.unsure = bar
        return trip

    def _adopted(self, event: PositionAdopted, book: Book) -> None:
        key = PositionKey(event.account, event.strategy, event.instrument_id)
        position = book.positions.get(key)
        if position is None or position.opened_ts != event.ts_event or key in self._open:
            return  # refused: nothing was booked
        trip = Trip(event.ts_event, 1 if event.quantity_lots > 0 else -1)
        trip.enter(Fraction(abs(event.quantity_lots)), Fraction(abs(event.cost_e8)))
        self._open[key] = OpenTrip(trip)

    def _cash(self, moved: CashMoved, book: Book, *, decided: bool) -> None:
        """Income as the book has it: what was refused or came twice is not in it."""
        key = PositionKey(moved.account, moved.strategy, moved.instrument_id)
        position, held = book.positions.get(key), self._open.get(key)
        if position is None:
            return
        income_e8 = position.income_e8 - self._income.get(key, 0)
        self._income[key] = position.income_e8
        if held is None:
            return
        held.trip.income_e8 += income_e8
        if moved.reason is CashReason.COINS:  # they left at what they cost: the fee stands beside
            lots = Fraction(lots_of_coins(book.instruments[moved.instrument_id], moved.amount_e8))
            left = held.trip.lots_in - held.trip.lots_out
            held.trip.leave(lots, held.trip.cost * lots / left)
        elif decided and moved.reason is CashReason.CASH_IN_LIEU:  # a fraction of a lot was sold
            left = held.trip.lots_in - held.trip.lots_out
            held.trip.leave(left - int(left), Fraction(abs(moved.amount_e8)))

    def _action(self, action: CorporateAction, book: Book) -> None:
        """Splits change what a lot is, a delisting is an exit; what the loop refused changed nothing."""
        self._exchange = action if action.kind in EXCHANGES else None
        splits = action.kind is ActionKind.SPLIT and action.numerator > 0 and action.denominator > 0
        if splits:
            self._newest.pop(action.instrument_id, None)  # on the old basis
        for key, held in self._open.items():
            if key.instrument_id != action.instrument_id:
                continue
            if splits:
                held.trip.split(action)
            elif action.kind is ActionKind.DELISTING and not book.positions[key].quantity_lots:
                instrument = book.instruments[action.instrument_id]
                ticks = Fraction(action.amount) / Fraction(instrument.tick)
                left = held.trip.lots_in - held.trip.lots_out
                held.trip.leave(left, left * ticks * Fraction(*instrument.ratio))

    def _adjusted(self, adjusted: PositionAdjusted, book: Book) -> None:
        """After a merger a trip goes on in other shares, after a spin-off in these beside."""
        action = self._exchange
        key = PositionKey(adjusted.account, adjusted.strategy, adjusted.instrument_id)
        if action is not None and action.instrument_id == key.instrument_id and key in self._open:
            exchange_trip(self._open, key, action, book)

    def _closed(self, closed: TradeClosed, book: Book) -> None:
        key = PositionKey(closed.account, closed.strategy, closed.instrument_id)
        held = self._open.pop(key)
        instrument = book.instruments[closed.instrument_id]
        self.rows.append(_row(held.trip, closed, instrument, book))
        if held.following is not None:
            self._open[key] = OpenTrip(held.following)


def closed_trades(reader: KindReader) -> list[ClosedTradeRow]:
    """The round trips of a journal's last session that came to their end, in the order of their exits.

    Raises
    ------
    JournalError
        The journal holds no session.
    """
    trades = ClosedTrades()
    for record, book in with_books(reader, KINDS):
        trades.take(record, book)
    return trades.rows


def _row(trip: Trip, closed: TradeClosed, instrument: Instrument, book: Book) -> ClosedTradeRow:
    entry = _price(trip.value_in, trip.lots_in, instrument)
    left = _price(trip.value_out, trip.lots_out, instrument)
    if trip.unsure is not None and trip.unsure.ts_event < closed.ts_event:
        trip.reach(trip.unsure.low, trip.unsure.high)
    worst = best = None
    if trip.low is not None and trip.high is not None and entry:
        moves = [trip.sign * 100.0 * (price / entry - 1.0) for price in (trip.low, trip.high, left)]
        worst, best = min(0.0, *moves), max(0.0, *moves)
    base_e8 = in_base(book, closed.profit_e8, instrument.quote_currency)
    return ClosedTradeRow(
        instrument_id=instrument.id,
        strategy=closed.strategy,
        account=closed.account,
        side="long" if trip.sign > 0 else "short",
        entered=iso(closed.opened_ts),
        exited=iso(closed.ts_event),
        quantity=quantity_text(abs(closed.lots), instrument),
        entry_price=entry,
        exit_price=left,
        currency=instrument.quote_currency,
        profit=cash_text(closed.profit_e8),
        profit_base=cash_text(base_e8),
        profit_pct=100.0 * closed.profit_e8 / float(trip.value_in) if trip.value_in else float("nan"),
        commission=cash_text(trip.commission_e8),
        income=cash_text(trip.income_e8),
        cost=cash_text(trip.commission_e8 + trip.shortfall_e8),
        days=(closed.ts_event - closed.opened_ts) / NS_PER_DAY,
        bars=trip.bars,
        fills=trip.fills,
        worst_pct=worst,
        best_pct=best,
    )


def _price(value_e8: Fraction, lots: Fraction, instrument: Instrument) -> float:
    """Mean price of a unit; NaN of none."""
    return float(value_e8 / lots / Fraction(instrument.lot) / CASH_SCALE) if lots else float("nan")
