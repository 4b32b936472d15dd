"""How outside events change the book: marks, rates, gauges, time, and fills with their double entry."""

from tradewind.core.book import Book, Gauge, Position, in_base, position_value_e8
from tradewind.core.errors import MoneyError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, GaugeRead, Quote
from tradewind.core.money import CASH_SCALE, check_int64, notional_e8, round_to_grid
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR
from tradewind.kernels.accounts import apply_fill

TRAIL_NS = NS_PER_HOUR
"""How far back the equity trail reaches; the spans of breakers on fast losses lie inside."""


def advance_time(book: Book, ts_ns: int) -> bool:
    """Move the book's time forward; True when a new UTC day began."""
    if ts_ns <= book.now_ns:
        return False
    book.now_ns = ts_ns
    day = ts_ns // NS_PER_DAY
    if day == book.day:
        return False
    book.day = day
    book.day_start_equity_e8 = book.equity_e8
    book.turnover_today_e8 = 0
    return True


def mark_bar(book: Book, bar: Bar) -> bool:
    """Mark an instrument at a bar's close; True when the equity may have moved."""
    return mark_price(book, bar.instrument_id, bar.close, bar.ts_event)


def mark_quote(book: Book, quote: Quote) -> bool:
    """Mark an instrument at the middle of a quote; True when the equity may have moved."""
    return mark_price(book, quote.instrument_id, (quote.bid + quote.ask) / 2.0, quote.ts_event)


def mark_price(book: Book, instrument_id: str, price: float, ts_ns: int) -> bool:
    """Mark ``instrument_id`` at ``price``.

    Raises
    ------
    UnknownSymbolError
        The session does not know the instrument.
    MoneyError
        The price is no number; the old mark stands.
    """
    instrument = book.instruments.get(instrument_id)
    if instrument is None:
        message = f"Market data of {instrument_id!r} came in, which is not an instrument of this session."
        raise UnknownSymbolError(message, "Add it to the session, or leave it out of the feed.")
    ticks = round_to_grid(price, instrument.tick_float)
    book.mark_ts[instrument_id] = ts_ns
    if instrument.asset_class is AssetClass.FX:
        _update_rate(book, instrument, ticks)
    before = book.mark_ticks.get(instrument_id)
    book.mark_ticks[instrument_id] = ticks
    held = book.positions.get(instrument_id)
    if held is None or held.quantity_lots == 0:
        return False
    numerator, denominator = instrument.ratio
    if denominator == 1 and before is not None and instrument.quote_currency == book.base_currency:
        # Whole units of cash a tick: the equity moves by exactly what this position moved.
        move = (ticks - before) * held.quantity_lots * numerator
        if not book.rate_e8:
            book.equity_e8 = check_int64(book.equity_e8 + move, "The equity")
            note_equity(book, ts_ns)
            return True
    revalue(book, ts_ns)
    return True


def revalue(book: Book, ts_ns: int) -> None:
    """Equity anew from all cash and positions."""
    equity = sum(in_base(book, cash, currency) for currency, cash in book.cash_e8.items())
    equity += sum(position_value_e8(book, instrument_id) for instrument_id in book.positions)
    book.equity_e8 = equity
    note_equity(book, ts_ns)


def note_equity(book: Book, ts_ns: int) -> None:
    """Keep the high-water mark and the recent trail."""
    equity = book.equity_e8
    if equity > book.high_water_e8:
        book.high_water_e8 = equity
    trail = book.equity_trail
    trail.append((ts_ns, equity))
    if len(trail) > 256:
        # Keep one point at or before the span's start, so that a loss over the whole span is seen.
        keep_from = ts_ns - TRAIL_NS
        first = next((i for i, (ts, _) in enumerate(trail) if ts > keep_from), len(trail))
        del trail[: max(first - 1, 0)]


def read_gauge(book: Book, event: GaugeRead) -> None:
    """Take a gauge's reading; the last one of an earlier day becomes the previous."""
    known = book.gauges.get(event.gauge)
    if known is None:
        book.gauges[event.gauge] = Gauge(value=event.value, ts_event=event.ts_event)
        return
    if event.ts_event // NS_PER_DAY > known.ts_event // NS_PER_DAY:
        known.previous = known.value
    known.value, known.ts_event = event.value, event.ts_event


def book_fill(book: Book, fill: OrderFilled, strategy: str) -> int:
    """Change cash and position by a fill; gives the profit it realised, in the quote currency's 1e-8."""
    instrument = book.instruments[fill.instrument_id]
    signed_lots = fill.side.sign * fill.quantity_lots
    value = notional_e8(fill.price_ticks, signed_lots, instrument.ratio)
    position = book.positions.get(fill.instrument_id)
    if position is None:
        position = book.positions[fill.instrument_id] = Position(instrument_id=fill.instrument_id)
    before = position.quantity_lots
    realized: int
    lots, cost, realized = apply_fill(before, position.cost_e8, signed_lots, value)
    position.quantity_lots, position.cost_e8 = lots, cost
    position.realized_e8 += realized
    position.commission_e8 += fill.commission_e8
    if lots and (before == 0 or (before > 0) != (lots > 0)):
        position.opened_ts, position.strategy = fill.ts_event, strategy
    currency = instrument.quote_currency
    book.cash_e8[currency] = book.cash_e8.get(currency, 0) - value - fill.commission_e8
    book.fills_seen += 1
    book.turnover_today_e8 += abs(in_base(book, value, currency))
    book.mark_ticks.setdefault(fill.instrument_id, fill.price_ticks)
    if (before > 0) != (lots > 0) or abs(lots) < abs(before):
        _count_loss(book, position, realized - fill.commission_e8)
    check_balance(book, currency)
    revalue(book, fill.ts_event)
    return realized


def check_balance(book: Book, currency: str) -> None:
    """Double entry: cash plus cost of what is held equals what was paid in plus what was realised."""
    cost = realized = commission = 0
    for position in book.positions.values():
        if book.instruments[position.instrument_id].quote_currency == currency:
            cost += position.cost_e8
            realized += position.realized_e8
            commission += position.commission_e8
    paid_in = book.cash_paid_in_e8 if currency == book.base_currency else 0
    left, right = book.cash_e8.get(currency, 0) + cost, paid_in + realized - commission
    if left != right:
        message = f"The books do not balance in {currency}: {left} against {right} (1e-8)."
        raise MoneyError(
            message, "Stop the session and replay its journal to find the first unbalanced fill."
        )


def _update_rate(book: Book, instrument: Instrument, ticks: int) -> None:
    base, _, quote = instrument.symbol.partition("/")
    price = ticks * instrument.tick
    if quote == book.base_currency and base:
        book.rate_e8[base] = int((price * CASH_SCALE).to_integral_value())
    elif base == book.base_currency and price:
        book.rate_e8[quote] = int((CASH_SCALE / price).to_integral_value())


def _count_loss(book: Book, position: Position, net_e8: int) -> None:
    """A losing exit adds to its strategy's run of losses; a winning one ends it."""
    if net_e8 < 0:
        book.losses_in_row[position.strategy] = book.losses_in_row.get(position.strategy, 0) + 1
    elif net_e8 > 0:
        book.losses_in_row[position.strategy] = 0
