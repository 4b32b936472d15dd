"""Cash and holdings that come and go without an order: deposits, interest, adopted positions, broker's
words.
"""

from collections.abc import Container

from tradewind.core.accounts import AccountSnapshot, CashMoved, PositionAdopted
from tradewind.core.book import Book, Position, PositionKey, in_base, net_by_account
from tradewind.core.changes import CapitalAllocated
from tradewind.core.coins import lot_e8, lots_of_coins
from tradewind.core.errors import OrderError, UnknownSymbolError
from tradewind.core.instruments import Instrument
from tradewind.core.vocabulary import CAPITAL, CashReason
from tradewind.engine.bookkeeping import between, change_net, check_balance, ledger_of, position_of
from tradewind.engine.marks import move_levels, revalue


def book_cash(book: Book, moved: CashMoved) -> None:
    """Book cash in or out; what an owner pays in or takes out is no profit and no loss.

    Breakers measure losses from levels of equity, so capital moves those levels along.

    Raises
    ------
    MoneyError
        Its currency has no rate to the base currency; nothing was booked.
    OrderError, UnknownSymbolError
        The session has no such account, or no such instrument; nothing was booked.
    """
    require_account(book, moved.account)
    if moved.instrument_id:
        require_instrument(book, moved.instrument_id)
    coins = _coins_of_position(book, moved)
    worth = in_base(book, moved.amount_e8, moved.currency)
    ledger = ledger_of(book, moved.account, moved.currency)
    ledger.cash_e8 += moved.amount_e8
    if moved.reason in CAPITAL:
        ledger.paid_in_e8 += moved.amount_e8
        move_levels(book, worth)
    else:
        ledger.income_e8 += moved.amount_e8
        _credit_position(book, moved)
        if coins is not None:
            position, lots = coins
            position.quantity_lots -= lots  # what they cost stays with the rest
            change_net(book, moved.instrument_id, -lots)
    check_balance(book, moved.account, moved.currency)
    revalue(book, moved.ts_event)


def adopt_position(book: Book, adopted: PositionAdopted) -> None:
    """Take over a holding from elsewhere at its cost, as capital paid in; cash stays as it is.

    Raises
    ------
    OrderError
        The holder has a position there already, or the session has no such account.
    UnknownSymbolError
        The session does not know the instrument.
    """
    require_account(book, adopted.account)
    instrument = require_instrument(book, adopted.instrument_id)
    key = PositionKey(adopted.account, adopted.strategy, adopted.instrument_id)
    position = position_of(book, key)
    if position.quantity_lots:
        message = (
            f"{key.strategy or 'nobody'} holds {position.quantity_lots} lots of {key.instrument_id} already."
        )
        raise OrderError(message, "Adopt only the difference, under the strategy that holds none.")
    worth = in_base(book, adopted.cost_e8, instrument.quote_currency)
    position.quantity_lots, position.cost_e8 = adopted.quantity_lots, adopted.cost_e8
    position.opened_ts, position.trade_lots = adopted.ts_event, adopted.quantity_lots
    ledger_of(book, key.account, instrument.quote_currency).paid_in_e8 += adopted.cost_e8
    change_net(book, key.instrument_id, adopted.quantity_lots)
    move_levels(book, worth)
    check_balance(book, key.account, instrument.quote_currency)
    if key.instrument_id in book.mark_ticks:
        revalue(book, adopted.ts_event)


def differences(book: Book, snapshot: AccountSnapshot) -> list[str]:
    """Where the broker's account differs from the book, in words; empty when they agree."""
    ours = net_by_account(book).get(snapshot.account, {})
    theirs = {i: lots for i, lots in snapshot.positions.items() if lots}
    found = [
        f"{i}: the broker holds {theirs.get(i, 0)} lots, the book {ours.get(i, 0)}"
        for i in sorted(ours.keys() | theirs.keys())
        if ours.get(i, 0) != theirs.get(i, 0)
    ]
    ledgers = book.accounts.get(snapshot.account, {})
    for currency, cash_e8 in sorted(snapshot.cash_e8.items()):
        booked = ledgers[currency].cash_e8 if currency in ledgers else 0
        if abs(cash_e8 - booked) > snapshot.cash_tolerance_e8:
            found.append(f"{currency}: the broker has {cash_e8} (1e-8) in cash, the book {booked}")
    return found


def allocation_fault(event: CapitalAllocated, strategies: Container[str]) -> str:
    """Why capital cannot be given out so; empty when it can."""
    shares = event.shares
    if not all(share >= 0.0 for share in shares.values()) or not sum(shares.values()) <= 1.0 + 1e-9:
        return f"its shares {shares} are not parts of one"
    strange = sorted(name for name in shares if name not in strategies)
    return f"there is no strategy {', '.join(strange)}" if strange else ""


def require_account(book: Book, account: str) -> None:
    """OrderError names an account that the session was not begun with: money must not found one."""
    if account not in book.accounts:
        message = f"The session has no account {account!r}, only {', '.join(book.accounts)}."
        raise OrderError(message, "Name it in the session's accounts, or correct the event.")


def require_instrument(book: Book, instrument_id: str) -> Instrument:
    """The instrument; UnknownSymbolError where the session does not know it."""
    found = book.instruments.get(instrument_id)
    if found is None:
        message = f"{instrument_id} is not an instrument of this session."
        raise UnknownSymbolError(message, "Add it to the session, or correct the event.")
    return found


def _coins_of_position(book: Book, moved: CashMoved) -> tuple[Position, int] | None:
    """The position that turns into coins, and how many whole lots of it; None where none does.

    Raises
    ------
    OrderError
        The coins are not those of the instrument, no whole lots of it, or more than the holder has.
    """
    if moved.reason is not CashReason.COINS or not moved.instrument_id:
        return None
    instrument = book.instruments[moved.instrument_id]
    position = book.positions.get(PositionKey(moved.account, moved.strategy, moved.instrument_id))
    lots = lots_of_coins(instrument, moved.amount_e8)
    fits = moved.currency == instrument.asset and lots * lot_e8(instrument) == moved.amount_e8
    if position is None or not fits or not 0 < lots <= position.quantity_lots:
        message = (
            f"{moved.amount_e8} (1e-8) of {moved.currency} are no lots that are held of {instrument.id}."
        )
        raise OrderError(message, "Correct the event: coins of a position are whole lots of it.")
    return position, lots


def _credit_position(book: Book, moved: CashMoved) -> None:
    """Income of a position (a dividend) belongs to its open trade."""
    if not moved.instrument_id:
        return
    position = book.positions.get(PositionKey(moved.account, moved.strategy, moved.instrument_id))
    quote = book.instruments[moved.instrument_id].quote_currency
    if position is not None:
        income = between(book, moved.amount_e8, moved.currency, quote)
        position.income_e8 += income
        if position.quantity_lots:
            position.held_income_e8 += income
        position.trade_e8 += income
