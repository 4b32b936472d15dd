"""Corporate actions carried out on what is held: splits, dividends, delistings; mergers are beside this.

Open orders are the venue's: it adjusts or takes them off its book and reports so. Prices of before the action
are on the old basis, so the mark is put on the new one at the same moment and nothing is earned by it.
"""

from fractions import Fraction

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted, split_lots
from tradewind.core.book import Book, Position, in_base
from tradewind.core.daily_closes import note_dividend, split_closes
from tradewind.core.errors import DataError
from tradewind.core.exchanges import EXCHANGES, amount_of
from tradewind.core.instruments import Instrument
from tradewind.core.market import Event
from tradewind.core.money import CASH_SCALE, check_int64, divide_half_even
from tradewind.core.trading_calendar import account_day
from tradewind.core.vocabulary import ActionKind, CashReason
from tradewind.engine.bookkeeping import change_net, check_balance, end_trade, ledger_of
from tradewind.engine.cash import book_cash, require_instrument
from tradewind.engine.marks import put_mark, revalue
from tradewind.engine.share_exchanges import exchange


def carry_out_action(book: Book, action: CorporateAction) -> list[Event]:
    """What an action does to every position, already booked.

    Raises
    ------
    DataError
        Its terms make no sense, or a holding is split or exchanged before any price is known; nothing was
        booked.
    UnknownSymbolError
        The session does not know the instrument, or that of the shares which come in its place.
    MoneyError
        What it pays has no rate to the base currency, or does not fit 64 bits.
    """
    instrument = require_instrument(book, action.instrument_id)
    held = [
        position
        for position in book.positions.values()
        if position.instrument_id == action.instrument_id and position.quantity_lots
    ]
    if action.kind is ActionKind.SPLIT:
        return _split(book, instrument, action, held)
    if action.kind is ActionKind.DIVIDEND:
        return _pay(book, instrument, action, held)
    if action.kind in EXCHANGES:
        return exchange(book, instrument, action, held)
    return _delist(book, instrument, action, held)


def _split(book: Book, instrument: Instrument, action: CorporateAction, held: list[Position]) -> list[Event]:
    if action.numerator <= 0 or action.denominator <= 0:
        message = f"A split of {instrument.id} is {action.numerator}:{action.denominator}."
        raise DataError(message, "Both sides of a split are whole numbers above 0.")
    before = book.mark_ticks.get(instrument.id)
    if before is None:
        if held:
            message = f"{instrument.id} is split before any price of it is known."
            raise DataError(message, "Feed at least one bar before the split.")
        return []
    exact = Fraction(*book.split_marks.get(instrument.id, (before, 1)))
    for position in held:
        check_int64(split_lots(position.quantity_lots, action)[0], "A holding after a split")
    made: list[Event] = []
    for position in held:
        made += _split_position(book, instrument, action, position, exact)
    _split_mark(book, instrument.id, action, exact)
    split_closes(book, action)
    if held:
        check = {position.account for position in held}
        for account in sorted(check):
            check_balance(book, account, instrument.quote_currency)
        revalue(book, action.ts_event)
    return made


def _split_mark(book: Book, instrument_id: str, action: CorporateAction, before: Fraction) -> None:
    """The mark on the new basis, exactly; a price of before the split that comes late marks nothing."""
    after = before * action.denominator / action.numerator
    book.mark_ts[instrument_id] = max(book.mark_ts.get(instrument_id, 0), action.ts_event)
    put_mark(book, instrument_id, after)


def _split_position(
    book: Book, instrument: Instrument, action: CorporateAction, position: Position, before_ticks: Fraction
) -> list[Event]:
    """Lots change and cost stays; a fraction of a lot is sold at the mark, as brokers pay cash in lieu."""
    old, cost = position.quantity_lots, position.cost_e8
    new, fraction = split_lots(old, action)
    reason = f"{instrument.symbol} was split {action.numerator}:{action.denominator}."
    made: list[Event] = []
    position.quantity_lots = new
    position.trade_lots = split_lots(position.trade_lots, action)[0] or new
    change_net(book, instrument.id, new - old)
    if fraction:
        share = fraction / (fraction + new)
        sold_cost = divide_half_even(cost * share.numerator, share.denominator)
        ratio = Fraction(*instrument.ratio)
        # One old lot is worth the old mark; the fraction of a new one its part of that.
        worth = fraction * before_ticks * ratio * action.denominator / action.numerator
        paid = divide_half_even(worth.numerator, worth.denominator)
        position.cost_e8 -= sold_cost
        income = position.held_income_e8 * share
        position.held_income_e8 -= divide_half_even(income.numerator, income.denominator)
        position.realized_e8 += paid - sold_cost
        position.trade_e8 += paid - sold_cost
        ledger = ledger_of(book, position.account, instrument.quote_currency)
        ledger.cash_e8 += paid
        ledger.realized_e8 += paid - sold_cost
        made.append(
            CashMoved(
                ts_event=action.ts_event,
                account=position.account,
                currency=instrument.quote_currency,
                amount_e8=paid,
                reason=CashReason.CASH_IN_LIEU,
                strategy=position.strategy,
                instrument_id=instrument.id,
            )
        )
    adjusted = PositionAdjusted(
        ts_event=action.ts_event,
        account=position.account,
        strategy=position.strategy,
        instrument_id=instrument.id,
        old_lots=old,
        new_lots=new,
        cost_e8=position.cost_e8,
        reason=reason,
    )
    if new == 0:
        made.append(end_trade(book, position, action.ts_event))
    return [adjusted, *made]


def _pay(book: Book, instrument: Instrument, action: CorporateAction, held: list[Position]) -> list[Event]:
    """So much on each unit held when it goes ex; a short pays it."""
    amount = amount_of(action)
    if amount < 0:
        message = f"A dividend of {instrument.id} is {action.amount}."
        raise DataError(message, "A dividend is not negative; who is short pays it by itself.")
    currency = action.currency or instrument.quote_currency
    if held:
        in_base(book, 0, currency)  # names the rate that is missing before anything is changed
    _take_off_mark(book, instrument, amount, currency, action.ts_event)
    made: list[Event] = []
    for position in held:
        exact = amount * position.quantity_lots * Fraction(instrument.lot) * CASH_SCALE
        cash_e8 = divide_half_even(exact.numerator, exact.denominator)
        if cash_e8 == 0:
            continue
        moved = CashMoved(
            ts_event=action.ts_event,
            account=position.account,
            currency=currency,
            amount_e8=check_int64(cash_e8, "A dividend"),
            reason=CashReason.DIVIDEND,
            strategy=position.strategy,
            instrument_id=instrument.id,
            note=f"{action.amount} a unit",
        )
        book_cash(book, moved)
        made.append(moved)
    return made


def _take_off_mark(book: Book, instrument: Instrument, amount: Fraction, currency: str, ts_ns: int) -> None:
    """From now on the price is one without the dividend: until the next one, the mark less what is paid.

    Counted beside the old mark the dividend would be a gain for some hours, a high-water mark that never was.
    """
    mark = book.mark_ticks.get(instrument.id)
    rates = (_rate_of(book, currency), _rate_of(book, instrument.quote_currency))
    if mark is None or rates[0] is None or rates[1] is None:
        return
    before = Fraction(*book.split_marks.get(instrument.id, (mark, 1)))
    after = before - amount * rates[0] / rates[1] / Fraction(instrument.tick)
    if after > 0:
        put_mark(book, instrument.id, after)
        note_dividend(book, instrument.id, before - after, after, account_day(ts_ns))


def _rate_of(book: Book, currency: str) -> Fraction | None:
    """What one unit of a currency is worth in the base currency; None before its first rate."""
    if currency == book.base_currency:
        return Fraction(1)
    rate = book.rates.get(currency)
    return None if rate is None else Fraction(*rate)


def _delist(book: Book, instrument: Instrument, action: CorporateAction, held: list[Position]) -> list[Event]:
    """The position ends at what is paid for each unit, which may lie between two ticks."""
    unit_e8 = amount_of(action) * Fraction(instrument.lot) * CASH_SCALE
    exact = [unit_e8 * position.quantity_lots for position in held]
    payouts = [
        check_int64(divide_half_even(one.numerator, one.denominator), "A delisting's payout") for one in exact
    ]
    made: list[Event] = []
    for position, paid in zip(held, payouts, strict=True):
        lots, cost = position.quantity_lots, position.cost_e8
        position.quantity_lots = position.cost_e8 = 0
        position.realized_e8 += paid - cost
        position.trade_e8 += paid - cost
        change_net(book, instrument.id, -lots)
        ledger = ledger_of(book, position.account, instrument.quote_currency)
        ledger.cash_e8 += paid
        ledger.realized_e8 += paid - cost
        check_balance(book, position.account, instrument.quote_currency)
        made.append(
            PositionAdjusted(
                ts_event=action.ts_event,
                account=position.account,
                strategy=position.strategy,
                instrument_id=instrument.id,
                old_lots=lots,
                new_lots=0,
                cost_e8=0,
                reason=f"{instrument.symbol} was delisted at {action.amount} a unit.",
            )
        )
        made.append(end_trade(book, position, action.ts_event))
    if held:
        revalue(book, action.ts_event)
    return made
