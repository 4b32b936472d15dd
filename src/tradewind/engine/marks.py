"""What market data does to the book: marks, rates between currencies, equity, gauges, and the day."""

import math
from fractions import Fraction

from tradewind.core.book import Book, Gauge, cash_in_base, in_base, lots_value_e8
from tradewind.core.daily_closes import note_close
from tradewind.core.errors import DataError, MoneyError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, GaugeRead, Quote, middle_of
from tradewind.core.money import check_int64, round_to_grid
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR
from tradewind.core.trading_calendar import account_day
from tradewind.core.vocabulary import PriceBasis

TRAIL_NS = NS_PER_HOUR
"""How far back the equity trail reaches; the spans of breakers on fast losses lie inside."""

_NOT_NS = 10**16
"""A positive time below this is of the first months of 1970: seconds, milli- or microseconds, not ns."""

_TRADED = PriceBasis.TRADED
"""Looking a member up in its class costs more than the comparison."""

_RATED = (AssetClass.FX, AssetClass.CRYPTO)
"""Classes whose pairs say what one currency or coin is worth in another."""


def advance_time(book: Book, ts_ns: int) -> bool:
    """Move the book's time forward; True when the account's next day began."""
    if ts_ns <= book.now_ns:
        return False
    book.now_ns = ts_ns
    day = account_day(ts_ns)
    if day == book.day:
        return False
    book.day = day
    book.day_start_equity_e8 = book.equity_e8
    book.turnover_today_e8 = 0
    return True


def require_usable(instruments: dict[str, Instrument], event: Bar | Quote) -> None:
    """Refuse market data by name before anything acts on it, the venue included.

    Raises
    ------
    UnknownSymbolError
        The session does not know the instrument.
    DataError
        Its time is not in nanoseconds, its prices are adjusted ones, or they contradict each other.
    MoneyError
        A price is no number, or nothing and less where the instrument cannot have that.
    """
    instrument = instruments.get(event.instrument_id)
    if (
        type(event) is Bar
        and instrument is not None
        and event.ts_event >= _NOT_NS
        and 0.0 < event.low <= event.open <= event.high < math.inf
        and event.low <= event.close <= event.high
        and event.basis is _TRADED
    ):
        return  # nearly every bar: one look
    if instrument is None:
        message = (
            f"Market data of {event.instrument_id!r} came in, which is not an instrument of this session."
        )
        raise UnknownSymbolError(message, "Add it to the session, or leave it out of the feed.")
    if 0 < event.ts_event < _NOT_NS:
        message = f"A {type(event).__name__} of {event.instrument_id} has the time {event.ts_event}."
        raise DataError(
            message, "Give times in nanoseconds: these look like seconds, milli- or microseconds."
        )
    if type(event) is Bar:
        _require_bar(event, instrument)
    else:
        _require_prices(instrument, event.ts_event, event.bid, event.ask)  # type: ignore[union-attr]


def _require_bar(bar: Bar, instrument: Instrument) -> None:
    low, high = bar.low, bar.high
    if not low <= bar.open <= high or not low <= bar.close <= high:
        if any(map(math.isnan, (bar.open, high, low, bar.close))):
            message = f"A bar of {bar.instrument_id} at {bar.ts_event} has a price that is no number."
            raise MoneyError(message, "Check the feed that gave it.")
        message = (
            f"A bar of {bar.instrument_id} at {bar.ts_event} contradicts itself: open {bar.open:g}, "
            f"high {high:g}, low {low:g}, close {bar.close:g}."
        )
        raise DataError(
            message, "Repair the series first: tradewind data quality says what is wrong with it."
        )
    if bar.basis is not PriceBasis.TRADED:
        message = f"A bar of {bar.instrument_id} has {bar.basis} prices."
        raise DataError(message, "Sessions trade on the prices that were paid: feed these.")
    if low <= 0.0 and not instrument.negative_prices:
        message = f"{bar.instrument_id} has a price of {low:g} at {bar.ts_event}, which it cannot have."
        raise MoneyError(message, "Set negative_prices on the instrument where its market allows them.")
    if math.isinf(high) or math.isinf(low):
        message = f"A bar of {bar.instrument_id} at {bar.ts_event} has an infinite price."
        raise MoneyError(message, "Check the feed that gave it.")


def _require_prices(instrument: Instrument, ts_ns: int, *prices: float) -> None:
    for price in prices:
        if not math.isfinite(price) or (price < 0.0 and not instrument.negative_prices):
            message = f"{instrument.id} is quoted at {price:g} at {ts_ns}."
            raise MoneyError(message, "Check the feed; set negative_prices where its market allows them.")


def mark_quote(book: Book, quote: Quote) -> bool:
    """Mark at the middle of a quote; True when the equity may have moved.

    A quote with one side (the other is 0, as feeds write it, or without size) says nothing of the middle:
    the old mark stands, and grows stale.
    """
    middle = middle_of(quote)
    if middle is None:
        return False
    return mark_price(book, quote.instrument_id, middle, quote.ts_event)


def mark_price(book: Book, instrument_id: str, price: float, ts_ns: int) -> bool:
    """Mark ``instrument_id`` at ``price``; True when the equity may have moved.

    A price older than the mark changes nothing.

    Raises
    ------
    MoneyError
        The price is no number; the old mark stands.
    """
    instrument = book.instruments[instrument_id]
    ticks = round_to_grid(price, instrument.tick_float)
    times = book.mark_ts
    if ts_ns < times.get(instrument_id, ts_ns):
        return False
    before = book.mark_ticks.get(instrument_id)
    times[instrument_id] = ts_ns
    book.mark_ticks[instrument_id] = ticks
    was_split = book.split_marks.pop(instrument_id, None) is not None if book.split_marks else False
    note_close(book, instrument_id, ticks, book.day if ts_ns == book.now_ns else account_day(ts_ns))
    if ticks != before and instrument.asset_class in _RATED and _update_rate(book, instrument, ticks):
        revalue(book, ts_ns)
        return True
    lots = book.net_lots.get(instrument_id, 0)
    if lots == 0:
        return False
    numerator, denominator = instrument.ratio
    if (
        not was_split
        and denominator == 1
        and before is not None
        and instrument.quote_currency == book.base_currency
    ):
        # Whole units of cash a tick: the equity moves by exactly what the holding moved.
        move = (ticks - before) * lots * numerator
        book.equity_e8 = check_int64(book.equity_e8 + move, "The equity")
        note_equity(book, ts_ns)
        return True
    revalue(book, ts_ns)
    return True


def put_mark(book: Book, instrument_id: str, ticks: Fraction) -> None:
    """A mark that no price says, exactly: it may lie between two ticks."""
    book.mark_ticks[instrument_id] = round(ticks)
    if ticks.denominator == 1:
        book.split_marks.pop(instrument_id, None)
    else:
        book.split_marks[instrument_id] = ticks.numerator, ticks.denominator


def revalue(book: Book, ts_ns: int) -> None:
    """Equity anew from all cash and holdings."""
    holdings = sum(lots_value_e8(book, i, lots) for i, lots in book.net_lots.items())
    book.equity_e8 = check_int64(cash_in_base(book) + holdings, "The equity")
    note_equity(book, ts_ns)


def move_levels(book: Book, worth_e8: int) -> None:
    """Capital came or went: levels that losses are measured from go with it."""
    book.start_equity_e8 += worth_e8
    book.high_water_e8 += worth_e8
    book.peak_e8 += worth_e8
    book.day_start_equity_e8 += worth_e8
    book.equity_trail[:] = [(ts, equity + worth_e8) for ts, equity in book.equity_trail]


def note_equity(book: Book, ts_ns: int) -> None:
    """Keep the high-water mark and the recent trail."""
    equity = book.equity_e8
    if equity > book.high_water_e8:
        book.high_water_e8 = equity
    if equity > book.peak_e8:
        book.peak_e8 = equity
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
    if event.ts_event < known.ts_event:
        return
    if event.ts_event // NS_PER_DAY > known.ts_event // NS_PER_DAY:
        known.previous = known.value
    known.value, known.ts_event = event.value, event.ts_event


def _update_rate(book: Book, instrument: Instrument, ticks: int) -> bool:
    """Keep what a pair says of a currency, exactly; True where something is valued by it."""
    base, _, quote = instrument.symbol.partition("/")
    if ticks <= 0 or not quote:
        return False
    price = Fraction(instrument.tick) * ticks
    if quote == book.base_currency:
        return _set_rate(book, base, price)
    return base == book.base_currency and _set_rate(book, quote, 1 / price)


def _set_rate(book: Book, currency: str, rate: Fraction) -> bool:
    first = currency not in book.rates
    book.rates[currency] = (rate.numerator, rate.denominator)
    if first:  # cash that the session began with counts from now on: no profit, so the levels go with it
        ledgers = (ledgers.get(currency) for ledgers in book.accounts.values())
        cash_e8 = sum(ledger.cash_e8 for ledger in ledgers if ledger is not None)
        move_levels(book, in_base(book, cash_e8, currency))
    return _is_used(book, currency)


def _is_used(book: Book, currency: str) -> bool:
    if any(currency in ledgers for ledgers in book.accounts.values()):
        return True
    return any(book.instruments[i].quote_currency == currency for i in book.net_lots)
