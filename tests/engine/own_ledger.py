"""The accounts reckoned a second time, from a session's records alone, in fractions that round nothing."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted, PositionAdopted
from tradewind.core.book import Book
from tradewind.core.decisions import InstrumentFailed, OrderRequested
from tradewind.core.events import SessionStarted
from tradewind.core.instruments import AssetClass
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import OrderFilled
from tradewind.core.vocabulary import ActionKind

E8 = 10**8
Key = tuple[str, str, str]


class OwnLedger:
    """Cash, holdings, marks, rates, capital paid in and each position's cash flows."""

    def __init__(self, start: SessionStarted) -> None:
        self.base = start.base_currency
        self.instruments = {i.id: i for i in start.instruments}
        self.cash: dict[tuple[str, str], int] = defaultdict(int)
        self.lots: dict[Key, int] = defaultdict(int)
        self.flows: dict[Key, int] = defaultdict(int)
        """Cash that a position has brought (fees aside), what it was adopted at counted as spent."""
        self.marks: dict[str, Fraction] = {}
        self.mark_ts: dict[str, int] = {}
        self.rates: dict[str, Fraction] = {self.base: Fraction(1)}
        self.orders: dict[str, Key] = {}
        self.trades: set[str] = set()
        self.costs: dict[Key, int] = {}
        """By position, what the book carried it at after the last event."""
        self.references: set[str] = set()
        for account in start.accounts:
            for currency, amount in account.cash_e8.items():
                self.cash[account.account, currency] += amount

    def take(self, event: Event, made: Sequence[Event]) -> None:
        """One input of the journal and the decisions that stand behind it."""
        match event:
            case Bar() | Quote() if not any(isinstance(one, InstrumentFailed) for one in made):
                self._price(event)
            case OrderFilled():
                self._fill(event)
            case CashMoved():
                if not (event.reference and event.reference in self.references):
                    self.references.add(event.reference)
                    self.cash[event.account, event.currency] += event.amount_e8
            case PositionAdopted():
                key = (event.account, event.strategy, event.instrument_id)
                if not self.lots[key]:
                    self.lots[key] = event.quantity_lots
                    self.flows[key] -= event.cost_e8
            case CorporateAction():
                self._act(event, made)
        for one in made:
            if isinstance(one, OrderRequested):
                order = one.order
                self.orders[order.client_order_id] = (order.account, order.strategy, order.instrument_id)

    def _price(self, event: Bar | Quote) -> None:
        if isinstance(event, Bar):
            price = Fraction(Decimal(repr(event.close)))
        elif event.bid and event.ask:
            grid = self.instruments[event.instrument_id].tick
            middle = (Decimal(repr(event.bid)) + Decimal(repr(event.ask))) / 2
            price = Fraction((middle / grid).to_integral_value() * grid)  # ties to even
        else:
            return
        if event.ts_event < self.mark_ts.get(event.instrument_id, 0):
            return
        self.marks[event.instrument_id], self.mark_ts[event.instrument_id] = price, event.ts_event
        known = self.instruments[event.instrument_id]
        if known.asset_class in (AssetClass.FX, AssetClass.CRYPTO):
            one, other = known.symbol.split("/")
            if other == self.base:
                self.rates[one] = price
            elif one == self.base:
                self.rates[other] = 1 / price

    def _fill(self, fill: OrderFilled) -> None:
        if fill.trade_id in self.trades:
            return
        self.trades.add(fill.trade_id)
        key, known = self.orders[fill.client_order_id], self.instruments[fill.instrument_id]
        signed = fill.quantity_lots if fill.side == "buy" else -fill.quantity_lots
        value = fill.price_ticks * Fraction(known.tick) * signed * Fraction(known.lot) * E8
        assert value.denominator == 1, "the grids of this test leave nothing to round"
        self.lots[key] += signed
        self.flows[key] -= int(value)
        self.cash[key[0], known.quote_currency] -= int(value)
        self.cash[key[0], fill.fee_currency or known.quote_currency] -= fill.commission_e8

    def _exchange(self, action: CorporateAction, made: Sequence[Event]) -> None:
        """By what each unit is given; of the cost only that it is divided by worth."""
        known, new = self.instruments[action.instrument_id], self.instruments[action.into]
        merges, price = action.kind is ActionKind.MERGER, self.marks[new.id]
        each = Fraction(action.numerator, action.denominator)
        if not merges and self.marks[known.id] <= each * price:
            return  # what is spun off is worth more than the whole: refused
        came: dict[Key, int] = defaultdict(int)
        for one in made:
            if isinstance(one, CashMoved):
                came[one.account, one.strategy, one.instrument_id] += one.amount_e8
        costs = {(o.account, o.strategy, o.instrument_id): o for o in made if isinstance(o, PositionAdjusted)}
        for key, lots in list(self.lots.items()):
            if key[2] != known.id or not lots:
                continue
            units, into = lots * Fraction(known.lot), (key[0], key[1], new.id)
            exact = units * each / Fraction(new.lot)
            paid = round(units * Fraction(Decimal(action.amount)) * E8) if merges else 0
            rest = round((exact - int(exact)) * Fraction(new.lot) * price * E8)
            assert (came.pop(key, 0), came.pop(into, 0)) == (paid, rest)
            cost = self.cost(key)
            if merges:
                self.lots[key] = 0
            self.lots[into] += int(exact)
            self.cash[key[0], known.quote_currency] += paid + rest
            # Both positions together have brought the cash; what moved between them is the cost carried over.
            moved = cost - (costs[key].cost_e8 - costs[key].realized_e8 + paid + rest)
            whole = paid + rest if merges else rest
            self.flows[key] += whole + moved
            self.flows[into] -= moved
            worth = int(exact) * Fraction(new.lot) * price * E8
            total = (units * self.marks[known.id] * E8) if not merges else worth + rest + paid
            assert abs(moved - cost * worth / total) <= 2 * max(1, abs(Fraction(cost) / total)), action
        assert not came
        if not merges:
            self.marks[known.id] -= each * price

    def cost(self, key: Key) -> int:
        """What the book said last that a position cost."""
        return self.costs.get(key, 0)

    def _act(self, action: CorporateAction, made: Sequence[Event]) -> None:
        if action.kind in (ActionKind.MERGER, ActionKind.SPIN_OFF):
            self._exchange(action, made)
            return
        known = self.instruments[action.instrument_id]
        holders = {key: lots for key, lots in self.lots.items() if key[2] == action.instrument_id and lots}
        told = {
            (one.account, one.strategy): one
            for one in made
            if isinstance(one, CashMoved) and one.instrument_id == action.instrument_id
        }
        lot, ratio = Fraction(known.lot), Fraction(action.numerator, action.denominator)
        currency = known.quote_currency
        for key, lots in holders.items():
            if action.kind is ActionKind.SPLIT:
                exact = lots * ratio
                self.lots[key] = int(exact)
                due = (exact - int(exact)) * lot * self.marks[known.id] / ratio
            elif action.kind is ActionKind.DIVIDEND:
                currency = action.currency or known.quote_currency
                due = Fraction(Decimal(action.amount)) * lots * lot
            else:
                self.lots[key] = 0
                due = Fraction(Decimal(action.amount)) * lots * lot
            paid = round(due * E8)
            if action.kind is not ActionKind.DELISTING:
                one = told.pop(key[:2], None)
                assert (one.amount_e8 if one else 0) == paid, action
                assert one is None or one.currency == currency
            self.cash[key[0], currency] += paid
            worth = paid
            if currency != known.quote_currency:
                worth = round(round(paid * self.rates[currency]) / self.rates[known.quote_currency])
            self.flows[key] += worth
        assert not told
        changed = {(one.account, one.strategy): one for one in made if isinstance(one, PositionAdjusted)}
        if action.kind is not ActionKind.DIVIDEND:
            assert {(k[0], k[1]): self.lots[k] for k in holders} == {
                k: v.new_lots for k, v in changed.items()
            }
        if action.kind is ActionKind.DIVIDEND and known.id in self.marks:
            rate = self.rates[action.currency or known.quote_currency] / self.rates[known.quote_currency]
            without = self.marks[known.id] - Fraction(Decimal(action.amount)) * rate
            if without > 0:
                self.marks[known.id] = without
        if action.kind is ActionKind.SPLIT and known.id in self.marks:
            self.marks[known.id] /= ratio
            self.mark_ts[known.id] = max(self.mark_ts[known.id], action.ts_event)

    def equity(self) -> Fraction:
        """What all is worth in 1e-8 of the base currency."""
        cash = sum((amount * self.rates[currency] for (_, currency), amount in self.cash.items()), Fraction())
        return cash + sum(
            (
                lots * Fraction(known.lot) * self.marks[known.id] * E8 * self.rates[known.quote_currency]
                for (_, _, instrument_id), lots in self.lots.items()
                if lots
                for known in [self.instruments[instrument_id]]
            ),
            Fraction(),
        )

    def check(self, book: Book) -> None:
        """The book says the same: cash and lots to the unit, equity to a few units of 1e-8 of rounding."""
        cash = {
            (account, currency): ledger.cash_e8
            for account, ledgers in book.accounts.items()
            for currency, ledger in ledgers.items()
        }
        assert _filled(cash) == _filled(self.cash)
        assert _filled({tuple(k): p.quantity_lots for k, p in book.positions.items()}) == _filled(self.lots)
        net: dict[str, int] = defaultdict(int)
        for (_, _, instrument_id), lots in self.lots.items():
            net[instrument_id] += lots
        assert book.net_lots == _filled(net)
        self.costs = {tuple(key): position.cost_e8 for key, position in book.positions.items()}
        for key, position in book.positions.items():
            of_quote = position.realized_e8 + position.income_e8 - position.cost_e8
            assert of_quote == self.flows[tuple(key)], key
        for account, ledgers in book.accounts.items():
            for currency, ledger in ledgers.items():
                cost = sum(
                    position.cost_e8
                    for position in book.positions.values()
                    if position.account == account
                    and self.instruments[position.instrument_id].quote_currency == currency
                )
                came = ledger.paid_in_e8 + ledger.income_e8 + ledger.realized_e8 - ledger.fees_e8
                assert ledger.cash_e8 + cost == came
        items = len(cash) + len(net) + 1
        assert abs(book.equity_e8 - self.equity()) <= items, (book.equity_e8, float(self.equity()))


def _filled(amounts: dict) -> dict:  # type: ignore[type-arg]
    return {key: amount for key, amount in amounts.items() if amount}
