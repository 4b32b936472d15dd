"""Mergers and spin-offs carried out on what is held: shares of one instrument become those of another.

The new shares count at the price that the book has of them, else at what the action says. Their cost is
carried over (see :mod:`tradewind.core.exchanges`), so that a merger for shares alone realises nothing; the
round trip of what was held goes on in them. Where the holder has the new instrument already the two are put
together as by a fill at that cost: a short of the acquirer against a long of its target ends so.
"""

from fractions import Fraction
from typing import NamedTuple

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted
from tradewind.core.book import Book, Position, PositionKey, unit_price
from tradewind.core.daily_closes import note_dividend
from tradewind.core.errors import DataError
from tradewind.core.exchanges import (
    Exchanged,
    exchange_words,
    exchanged,
    lots_ratio,
    require_exchange,
    said_price,
)
from tradewind.core.instruments import Instrument
from tradewind.core.market import Event
from tradewind.core.money import check_int64, divide_half_even
from tradewind.core.trading_calendar import account_day
from tradewind.core.vocabulary import ActionKind, CashReason
from tradewind.engine.bookkeeping import (
    change_net,
    check_balance,
    end_trade,
    follow_trade,
    ledger_of,
    position_of,
)
from tradewind.engine.cash import require_instrument
from tradewind.engine.marks import put_mark, revalue
from tradewind.kernels.accounts import apply_fill


class _Change(NamedTuple):
    """What is to become of one position: worked out for all before the first is changed."""

    position: Position
    parts: Exchanged
    costs: tuple[int, int, int]
    """That stays, that is carried over, that is set against cash."""
    joined: tuple[int, int, int]
    """Lots and cost in the new instrument, and what putting them together realised."""


def exchange(book: Book, old: Instrument, action: CorporateAction, held: list[Position]) -> list[Event]:
    """Carry a merger or a spin-off out on all positions of the old instrument, already booked.

    Raises
    ------
    DataError
        Its terms make no sense, or nobody says what the new shares are worth; nothing was booked.
    UnknownSymbolError
        The session does not know the new instrument; nothing was booked.
    MoneyError
        A sum does not fit 64 bits; nothing was booked.
    """
    new = require_instrument(book, action.into) if action.into else None
    require_exchange(action, old, new)
    price = Fraction(0) if new is None else _price(book, action, new)
    spins = action.kind is ActionKind.SPIN_OFF
    old_price = unit_price(book, old.id) if spins else None
    if new is not None and not price:
        if not held:
            return []
        message = (
            f"{action.kind.capitalize()} of {old.id} into {new.id} before any price of {new.id} is known."
        )
        raise DataError(message, "Feed a bar of it before, or say its price in `into_price`.")
    left = _left_price(action, old, new, price, old_price, needed=bool(held)) if spins else None
    planned = [
        _planned(book, position, action, old, new, price, old_price or Fraction(0)) for position in held
    ]
    if new is not None and held and new.id not in book.mark_ticks:
        put_mark(book, new.id, price / Fraction(new.tick))
        book.mark_ts[new.id] = action.ts_event
    made: list[Event] = []
    for change in planned:
        made += _carry_out(book, change, action, old, new)
    if left is not None and old_price is not None:
        put_mark(book, old.id, left / Fraction(old.tick))
        off = (old_price - left) / Fraction(old.tick)
        note_dividend(book, old.id, off, left / Fraction(old.tick), account_day(action.ts_event))
    for account in sorted({position.account for position in held}):
        check_balance(book, account, old.quote_currency)
    if held:
        revalue(book, action.ts_event)
    return made


def _price(book: Book, action: CorporateAction, new: Instrument) -> Fraction:
    """What one unit of the new shares is worth: as marked, else as the action says; 0 where nobody does."""
    said, marked = said_price(action), unit_price(book, new.id)
    if marked is not None and marked <= 0:
        message = f"The {action.kind} of {action.instrument_id} is into {new.id}, whose price is {marked}."
        raise DataError(message, "Shares come only from what has a price above 0.")
    return marked or said or Fraction(0)


def _left_price(
    action: CorporateAction,
    old: Instrument,
    new: Instrument | None,
    price: Fraction,
    old_price: Fraction | None,
    *,
    needed: bool,
) -> Fraction | None:
    """What one unit of the old shares is worth without what is spun off; None before its first price."""
    if old_price is None:
        if needed:
            message = f"{old.id} spins off {action.into} before any price of {old.id} is known."
            raise DataError(message, "Feed at least one bar before it.")
        return None
    left = old_price - price * Fraction(action.numerator, action.denominator)
    if left <= 0:
        message = f"{old.id} at {old_price} spins off shares of {action.into} that are worth as much or more."
        raise DataError(message, "Correct the ratio, or the price in `into_price`.")
    return left


def _planned(
    book: Book,
    position: Position,
    action: CorporateAction,
    old: Instrument,
    new: Instrument | None,
    price: Fraction,
    old_price: Fraction,
) -> _Change:
    parts = exchanged(position.quantity_lots, action, old, new, price, old_price)
    for amount in (parts.lots, parts.paid_e8, parts.in_lieu_e8):
        check_int64(amount, f"What the {action.kind} of {old.id} gives")
    costs = parts.cost_parts(position.cost_e8)
    joined = (0, 0, 0)
    if new is not None and parts.lots:
        there = book.positions.get(PositionKey(position.account, position.strategy, new.id))
        before = (0, 0) if there is None else (there.quantity_lots, there.cost_e8)
        joined = apply_fill(*before, parts.lots, costs[1])
    return _Change(position, parts, costs, joined)


def _carry_out(
    book: Book, change: _Change, action: CorporateAction, old: Instrument, new: Instrument | None
) -> list[Event]:
    position, parts = change.position, change.parts
    reason, ends = exchange_words(action, old, new), action.kind is ActionKind.MERGER
    lots, (kept, _, gone) = position.quantity_lots, change.costs
    paid = parts.paid_e8 + parts.in_lieu_e8
    position.cost_e8 = kept
    position.realized_e8 += paid - gone
    position.trade_e8 += paid - gone
    ledger = ledger_of(book, position.account, old.quote_currency)
    ledger.cash_e8 += paid
    ledger.realized_e8 += paid - gone
    if ends:
        position.quantity_lots = 0
        change_net(book, old.id, -lots)
    made: list[Event] = [_adjusted(position, action, lots, paid - gone, reason)]
    if parts.paid_e8:
        made.append(_cash(position, action, old, old, parts.paid_e8, f"{action.amount} a unit"))
    if new is not None and parts.in_lieu_e8:
        note = f"for {float(abs(parts.fraction)):.6g} of a lot of {new.symbol}"
        made.append(_cash(position, action, old, new, parts.in_lieu_e8, note))
    if new is not None and parts.lots:
        made += _join(book, change, action, old, new, reason)
    elif ends:
        made.append(end_trade(book, position, action.ts_event))
    return made


def _join(
    book: Book, change: _Change, action: CorporateAction, old: Instrument, new: Instrument, reason: str
) -> list[Event]:
    """Enter the new lots at the carried cost; after a merger the round trip of the old ones goes on there."""
    position, parts = change.position, change.parts
    joined = position_of(book, PositionKey(position.account, position.strategy, new.id))
    before = joined.quantity_lots
    joined.quantity_lots, joined.cost_e8, realized = change.joined
    joined.realized_e8 += realized
    ledger_of(book, joined.account, new.quote_currency).realized_e8 += realized
    change_net(book, new.id, parts.lots)
    opened, most = action.ts_event, parts.lots
    if action.kind is ActionKind.MERGER:
        opened, most = (
            position.opened_ts,
            int(position.trade_lots * lots_ratio(action, old, new)) or parts.lots,
        )
        _carry_income(position, joined, before, parts)
        joined.trade_e8 += position.trade_e8
        position.trade_e8 = position.trade_lots = position.opened_ts = 0
    began = joined.opened_ts
    closed = follow_trade(book, joined, before, parts.lots, realized, 0, action.ts_event)
    if before * parts.lots > 0:
        joined.opened_ts = min(began, opened)
    elif joined.quantity_lots and before * joined.quantity_lots <= 0:
        joined.opened_ts = opened
        joined.trade_lots = joined.trade_lots if before else most
    return [_adjusted(joined, action, before, realized, reason), *closed]


def _carry_income(position: Position, joined: Position, before: int, parts: Exchanged) -> None:
    """Dividends on what is held go with the lots that stay held."""
    carried = position.held_income_e8 * parts.carried
    after, position.held_income_e8 = joined.quantity_lots, 0
    if before * parts.lots >= 0:
        joined.held_income_e8 += divide_half_even(carried.numerator, carried.denominator)
    elif before * after > 0:
        joined.held_income_e8 = divide_half_even(joined.held_income_e8 * abs(after), abs(before))
    else:
        left = carried * Fraction(abs(after), abs(parts.lots))
        joined.held_income_e8 = divide_half_even(left.numerator, left.denominator)


def _adjusted(
    position: Position, action: CorporateAction, before: int, realized_e8: int, reason: str
) -> PositionAdjusted:
    return PositionAdjusted(
        ts_event=action.ts_event,
        account=position.account,
        strategy=position.strategy,
        instrument_id=position.instrument_id,
        old_lots=before,
        new_lots=position.quantity_lots,
        cost_e8=position.cost_e8,
        reason=reason,
        realized_e8=realized_e8,
    )


def _cash(
    position: Position, action: CorporateAction, old: Instrument, of: Instrument, amount_e8: int, note: str
) -> CashMoved:
    return CashMoved(
        ts_event=action.ts_event,
        account=position.account,
        currency=old.quote_currency,
        amount_e8=amount_e8,
        reason=CashReason.REORGANISATION,
        strategy=position.strategy,
        instrument_id=of.id,
        note=note,
    )
