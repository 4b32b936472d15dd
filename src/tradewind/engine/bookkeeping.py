"""How fills change the book: cash, positions, round trips, and the double entry that must balance."""

from tradewind.core.accounts import TradeClosed
from tradewind.core.book import Book, Ledger, Position, PositionKey, in_base
from tradewind.core.errors import MoneyError
from tradewind.core.money import divide_half_even, notional_e8
from tradewind.core.orders import OrderFilled
from tradewind.engine.marks import revalue
from tradewind.kernels.accounts import apply_fill


def ledger_of(book: Book, account: str, currency: str) -> Ledger:
    """The account's ledger in a currency, opened where there was none."""
    ledgers = book.accounts.setdefault(account, {})
    found = ledgers.get(currency)
    if found is None:
        found = ledgers[currency] = Ledger()
    return found


def position_of(book: Book, key: PositionKey) -> Position:
    """The position of a holder, flat where there was none."""
    found = book.positions.get(key)
    if found is None:
        found = book.positions[key] = Position(
            account=key.account, strategy=key.strategy, instrument_id=key.instrument_id
        )
    return found


def change_net(book: Book, instrument_id: str, lots: int) -> None:
    """Add signed lots to what is held of an instrument over all holders."""
    book.holdings_changed += 1
    net = book.net_lots.get(instrument_id, 0) + lots
    if net:
        book.net_lots[instrument_id] = net
    else:
        book.net_lots.pop(instrument_id, None)


def book_fill(book: Book, fill: OrderFilled, key: PositionKey) -> list[TradeClosed]:
    """Change cash and position by a fill; the round trip that it closed, where it closed one.

    Raises
    ------
    MoneyError
        A sum does not fit 64 bits, the fee's currency has no rate, or the books do not balance.
    """
    instrument = book.instruments[fill.instrument_id]
    currency = instrument.quote_currency
    signed_lots = fill.side.sign * fill.quantity_lots
    value = notional_e8(fill.price_ticks, signed_lots, instrument.ratio)
    # What may fail comes before the first change, so that a fill is booked whole or not at all.
    fee, turnover = _fee_in(book, fill, currency), abs(in_base(book, value, currency))
    position = position_of(book, key)
    before = position.quantity_lots
    realized: int
    lots, cost, realized = apply_fill(before, position.cost_e8, signed_lots, value)
    if position.held_income_e8 and abs(lots) < abs(before):
        position.held_income_e8 = divide_half_even(position.held_income_e8 * abs(lots), abs(before))
    position.quantity_lots, position.cost_e8 = lots, cost
    position.realized_e8 += realized
    position.commission_e8 += fee
    ledger = ledger_of(book, key.account, currency)
    ledger.cash_e8 -= value
    ledger.realized_e8 += realized
    paid = ledger_of(book, key.account, fill.fee_currency or currency)
    paid.cash_e8 -= fill.commission_e8
    paid.fees_e8 += fill.commission_e8
    change_net(book, fill.instrument_id, signed_lots)
    book.fills_seen += 1
    book.turnover_today_e8 += turnover
    book.mark_ticks.setdefault(fill.instrument_id, fill.price_ticks)
    closed = follow_trade(book, position, before, signed_lots, realized, fee, fill.ts_event)
    check_balance(book, key.account, currency)
    revalue(book, fill.ts_event)
    return closed


def check_balance(book: Book, account: str, currency: str) -> None:
    """Double entry: cash plus cost of what is held equals what came in plus what was earned, less fees."""
    cost = sum(
        position.cost_e8
        for position in book.positions.values()
        if position.account == account and book.instruments[position.instrument_id].quote_currency == currency
    )
    ledger = ledger_of(book, account, currency)
    left = ledger.cash_e8 + cost
    right = ledger.paid_in_e8 + ledger.income_e8 + ledger.realized_e8 - ledger.fees_e8
    if left != right:
        message = f"The books of {account} do not balance in {currency}: {left} against {right} (1e-8)."
        raise MoneyError(
            message, "Stop the session and replay its journal to find the first unbalanced event."
        )


def _fee_in(book: Book, fill: OrderFilled, currency: str) -> int:
    """The fill's commission in the quote currency, for the trade's own profit."""
    return between(book, fill.commission_e8, fill.fee_currency or currency, currency)


def between(book: Book, amount_e8: int, paid_in: str, currency: str) -> int:
    """An amount of one currency in another, by the rates of both; MoneyError names one that is missing."""
    if paid_in == currency or amount_e8 == 0:
        return amount_e8
    in_base_e8 = in_base(book, amount_e8, paid_in)
    if currency == book.base_currency:
        return in_base_e8
    in_base(book, 0, currency)  # names the rate that is missing
    numerator, denominator = book.rates[currency]
    return divide_half_even(in_base_e8 * denominator, numerator)


def follow_trade(
    book: Book, position: Position, before: int, signed_lots: int, realized: int, fee: int, ts_ns: int
) -> list[TradeClosed]:
    """Keep account of the round trip; where it ended, count it once, whatever number of fills it took."""
    lots = position.quantity_lots
    crosses = before * lots < 0
    # A fill that crosses zero pays its fee for two trades: each its part, by lots.
    of_old = divide_half_even(fee * abs(before), abs(signed_lots)) if crosses else fee
    position.trade_e8 += realized - of_old
    closed: list[TradeClosed] = []
    if before and (lots == 0 or crosses):
        closed.append(end_trade(book, position, ts_ns))
    if lots and (before == 0 or crosses):
        position.opened_ts, position.trade_lots = ts_ns, lots
        position.trade_e8 -= fee - of_old
    elif abs(lots) > abs(position.trade_lots):
        position.trade_lots = lots
    return closed


def end_trade(book: Book, position: Position, ts_ns: int) -> TradeClosed:
    """Close the open round trip: a loss lengthens its strategy's run of losses, anything else ends it."""
    profit = position.trade_e8
    losses = book.losses_in_row
    losses[position.strategy] = losses.get(position.strategy, 0) + 1 if profit < 0 else 0
    closed = TradeClosed(
        ts_event=ts_ns,
        account=position.account,
        strategy=position.strategy,
        instrument_id=position.instrument_id,
        lots=position.trade_lots,
        opened_ts=position.opened_ts,
        profit_e8=profit,
    )
    position.trade_e8 = position.trade_lots = position.opened_ts = position.held_income_e8 = 0
    return closed
