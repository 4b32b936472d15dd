"""Who earned what: profit by strategy, model and instrument, which adds up to the change of equity.

Exact integers of 1e-8 of the base currency, all at the rates and marks of the book. A position has brought
what it is worth, less what is still paid for it, plus what was realised; dividends, interest and the like are
income; commissions are taken off in whatever they were paid. By the double entry of the books the sum of all
that is equity less capital.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

import msgspec

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdopted
from tradewind.core.book import Book, PositionKey, in_base, key_of, lots_value_e8
from tradewind.core.coins import lots_of_coins
from tradewind.core.decisions import DecisionMade, ModelVote, OrderRequested
from tradewind.core.errors import DataError
from tradewind.core.events import Record
from tradewind.core.exchanges import amount_of, lots_ratio
from tradewind.core.money import CASH_SCALE, divide_half_even
from tradewind.core.orders import Order, OrderFilled
from tradewind.core.vocabulary import CAPITAL, ActionKind, CashReason

UNATTRIBUTED = "(none)"
"""Stands for a model, strategy or instrument where there is none: closing orders, interest, old holdings."""

KINDS: tuple[type[msgspec.Struct], ...] = (
    DecisionMade,
    OrderRequested,
    OrderFilled,
    CashMoved,
    CorporateAction,
    PositionAdopted,
)
"""What of a journal an attribution reads."""

_REALISED = (CashReason.CASH_IN_LIEU, CashReason.REORGANISATION)
"""Cash that is realised profit where the loop itself paid it."""


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """Profit in 1e-8 of the base currency. Each table adds up to ``total_e8`` exactly.

    ``income_e8`` (dividends, interest, borrow) and ``commission_e8`` (a cost, positive) are parts of the
    total. ``capital_e8`` is what owners paid in, at today's rates: total and capital are the equity.
    """

    total_e8: int
    capital_e8: int
    income_e8: int
    commission_e8: int
    by_strategy: dict[str, int]
    by_model: dict[str, int]
    by_id: dict[str, int]


class _Lot(NamedTuple):
    """What one fill bought or sold, on today's basis."""

    lots: Fraction
    paid_e8: Fraction
    votes: tuple[ModelVote, ...]


class _Cash(NamedTuple):
    """Cash that came or went for somebody, and the votes for the side on which he stood."""

    strategy: str
    instrument_id: str
    currency: str
    amount_e8: int
    votes: tuple[ModelVote, ...]
    sign: int


class _Flows:
    """What moved, in the order of the records, by holder."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.votes: dict[str, tuple[ModelVote, ...]] = {}
        self.lots: dict[PositionKey, list[_Lot]] = {}
        self.opened: dict[PositionKey, tuple[tuple[ModelVote, ...], int]] = {}
        self.income: list[_Cash] = []
        self.fees: list[_Cash] = []
        self._seen: set[str] = set()


def attribute(records: Iterable[Record], book: Book) -> Attribution:
    """Profit of a session, split three ways.

    Parameters
    ----------
    records
        The session's records of the kinds in :data:`KINDS`, in order.
    book
        As it stands after them.

    Raises
    ------
    DataError
        A fill of an order that the records do not hold.
    MoneyError
        A currency has no rate to the base currency.
    """
    flows = _Flows()
    for record in records:
        _take(flows, record, book)
    tables = _Tables(book)
    for key, position in book.positions.items():
        currency = book.instruments[key.instrument_id].quote_currency
        earned = lots_value_e8(book, key.instrument_id, position.quantity_lots)
        earned += in_base(book, position.realized_e8 - position.cost_e8, currency)
        tables.add(key.strategy, key.instrument_id, earned)
        tables.by_fills(flows.lots.get(key, []), key.instrument_id, earned)
    income = tables.flow(flows.income, _ledgers(book, "income_e8"))
    fees = tables.flow(flows.fees, {c: -e for c, e in _ledgers(book, "fees_e8").items()})
    return Attribution(
        total_e8=tables.total,
        capital_e8=sum(in_base(book, e, c) for c, e in _ledgers(book, "paid_in_e8").items()),
        income_e8=income,
        commission_e8=-fees,
        by_strategy=tables.by_strategy,
        by_model=tables.by_model,
        by_id=tables.by_id,
    )


class _Tables:
    """The three tables, always of one sum."""

    def __init__(self, book: Book) -> None:
        self.total = 0
        self.by_strategy: dict[str, int] = {}
        self.by_id: dict[str, int] = {}
        self.by_model: dict[str, int] = {}
        self._book = book

    def add(self, strategy: str, instrument_id: str, earned: int) -> None:
        """A profit of a strategy in an instrument; its models are told apart by the caller."""
        self.total += earned
        _add(self.by_strategy, strategy or UNATTRIBUTED, earned)
        _add(self.by_id, instrument_id or UNATTRIBUTED, earned)

    def by_fills(self, lots: list[_Lot], instrument_id: str, earned: int) -> None:
        """What a position earned, to the models behind its fills; what no fill explains is nobody's.

        A fill has earned what its lots are worth now less what was paid for them: bought low or sold high.
        """
        book, left = self._book, earned
        instrument = book.instruments[instrument_id]
        mark = book.mark_ticks.get(instrument_id, 0)
        for lot in lots:
            gain = lot.lots * mark * Fraction(*instrument.ratio) - lot.paid_e8
            gained = in_base(book, divide_half_even(*gain.as_integer_ratio()), instrument.quote_currency)
            left -= gained
            self._to_models(gained, lot.votes, 1 if lot.lots > 0 else -1)
        if left:
            _add(self.by_model, UNATTRIBUTED, left)

    def flow(self, flows: list[_Cash], booked: dict[str, int]) -> int:
        """Cash by its owners; what was booked beyond it belongs to nobody. The sum in the base currency."""
        whole = 0
        left = dict(booked)
        for cash in flows:
            worth = in_base(self._book, cash.amount_e8, cash.currency)
            left[cash.currency] = left.get(cash.currency, 0) - cash.amount_e8
            self.add(cash.strategy, cash.instrument_id, worth)
            self._to_models(worth, cash.votes, cash.sign)
            whole += worth
        for currency, amount in left.items():
            if amount:
                worth = in_base(self._book, amount, currency)
                self.add("", "", worth)
                _add(self.by_model, UNATTRIBUTED, worth)
                whole += worth
        return whole

    def _to_models(self, earned: int, votes: tuple[ModelVote, ...], sign: int) -> None:
        for model, part in split_by_votes(earned, votes, sign).items():
            _add(self.by_model, model, part)


def _take(flows: _Flows, record: Record, book: Book) -> None:
    event = record.event
    match event:
        case DecisionMade():
            flows.votes[event.decision_id] = event.votes
        case OrderRequested():
            flows.orders[event.order.client_order_id] = event.order
        case OrderFilled():
            _take_fill(flows, event, book)
        case CashMoved():
            _take_cash(flows, event, book, decided=record.cause != 0)
        case CorporateAction(kind=ActionKind.SPLIT):
            ratio = Fraction(event.numerator, event.denominator)
            for key, lots in flows.lots.items():
                if key.instrument_id == event.instrument_id:
                    lots[:] = [lot._replace(lots=lot.lots * ratio) for lot in lots]
        case CorporateAction(kind=ActionKind.MERGER | ActionKind.SPIN_OFF):
            _take_exchange(flows, event, book)
        case _:
            pass


def _take_fill(flows: _Flows, fill: OrderFilled, book: Book) -> None:
    if fill.trade_id in flows._seen:
        return
    flows._seen.add(fill.trade_id)
    order = flows.orders.get(fill.client_order_id)
    if order is None:
        message = f"There is no order {fill.client_order_id!r} for a fill of {fill.instrument_id}."
        raise DataError(message, "Hand over the records of the whole session.")
    key, votes = key_of(order), flows.votes.get(order.decision_id, ())
    instrument = book.instruments[fill.instrument_id]
    signed = fill.side.sign * fill.quantity_lots
    paid = Fraction(*instrument.ratio) * fill.price_ticks * signed
    flows.lots.setdefault(key, []).append(_Lot(Fraction(signed), paid, votes))
    if not order.reduce_only:
        flows.opened[key] = votes, fill.side.sign
    if fill.commission_e8:
        currency = fill.fee_currency or instrument.quote_currency
        flows.fees.append(
            _Cash(key.strategy, key.instrument_id, currency, -fill.commission_e8, votes, fill.side.sign)
        )


def _take_exchange(flows: _Flows, action: CorporateAction, book: Book) -> None:
    """What fills bought is shares of another instrument now, less the cash that came, by the same votes.

    What is spun off cost nothing: the old shares keep what was paid, and both together earned the rest.
    """
    old, new = book.instruments[action.instrument_id], book.instruments.get(action.into)
    if (action.into and new is None) or action.numerator <= 0 or action.denominator <= 0:
        return  # the loop refused it by name
    merges, unit_e8 = action.kind is ActionKind.MERGER, amount_of(action) * Fraction(old.lot) * CASH_SCALE
    ratio = Fraction(0) if new is None else lots_ratio(action, old, new)
    for key in [key for key in flows.lots if key.instrument_id == old.id]:
        position = book.positions.get(key)
        if merges and position is not None and position.quantity_lots:
            continue  # refused: nothing was booked
        lots = flows.lots.pop(key) if merges else flows.lots[key]
        into = PositionKey(key.account, key.strategy, old.id if new is None else new.id)
        came = [
            _Lot(lot.lots * ratio, lot.paid_e8 - lot.lots * unit_e8 if merges else Fraction(0), lot.votes)
            for lot in lots
        ]
        flows.lots.setdefault(into, []).extend(came)
        if key in flows.opened:
            flows.opened.setdefault(into, flows.opened[key])


def _take_cash(flows: _Flows, moved: CashMoved, book: Book, *, decided: bool) -> None:
    """Income; what the loop itself paid for fractions of a share is realised profit already."""
    if moved.reason in CAPITAL or (decided and moved.reason in _REALISED):
        return
    if moved.reference:
        if moved.reference in flows._seen:
            return
        flows._seen.add(moved.reference)
    key = PositionKey(moved.account, moved.strategy, moved.instrument_id)
    votes, sign = flows.opened.get(key, ((), 1))
    if moved.reason is CashReason.COINS and key in flows.lots:  # the lots left, what they cost stays
        lots = lots_of_coins(book.instruments[moved.instrument_id], moved.amount_e8)
        flows.lots[key].append(_Lot(Fraction(-lots), Fraction(0), votes))
    flows.income.append(
        _Cash(moved.strategy, moved.instrument_id, moved.currency, moved.amount_e8, votes, sign)
    )


def _ledgers(book: Book, field: str) -> dict[str, int]:
    """One field of all ledgers, by currency."""
    sums: dict[str, int] = {}
    for ledgers in book.accounts.values():
        for currency, ledger in ledgers.items():
            sums[currency] = sums.get(currency, 0) + getattr(ledger, field)
    return {currency: amount for currency, amount in sums.items() if amount}


def _add(table: dict[str, int], name: str, amount: int) -> None:
    table[name] = table.get(name, 0) + amount


def split_by_votes(profit_e8: int, votes: tuple[ModelVote, ...], sign: int) -> dict[str, int]:
    """A profit divided among the models that voted for the trade, by weight times edge in its direction.

    Models that voted against it get nothing of it. Largest remainders make the parts add up exactly; ties go
    by name. Without a vote for it the profit is nobody's.
    """
    pulls: dict[str, float] = {}
    for vote in votes:
        pull = vote.weight * vote.edge_bps * sign
        if pull > 0.0:
            pulls[vote.model] = pulls.get(vote.model, 0.0) + pull
    whole = sum(pulls.values())
    if whole <= 0.0:
        return {UNATTRIBUTED: profit_e8}
    exact = {model: abs(profit_e8) * (pull / whole) for model, pull in pulls.items()}
    parts = {model: int(value) for model, value in exact.items()}
    left = abs(profit_e8) - sum(parts.values())
    by_remainder = sorted(exact, key=lambda model: (parts[model] - exact[model], model))
    for i in range(abs(left)):
        parts[by_remainder[i % len(by_remainder)]] += 1 if left > 0 else -1
    turn = 1 if profit_e8 >= 0 else -1
    return {model: turn * part for model, part in parts.items()}
