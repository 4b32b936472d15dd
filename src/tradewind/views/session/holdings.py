"""Prices and positions as the journal tells them, booked by the same kernel as the loop's own book."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from tradewind.core.accounts import (
    CashMoved,
    CorporateAction,
    PositionAdjusted,
    PositionAdopted,
    split_ticks,
)
from tradewind.core.book import PositionKey
from tradewind.core.coins import lots_of_coins
from tradewind.core.decisions import DecisionMade
from tradewind.core.errors import DataError
from tradewind.core.exchanges import EXCHANGES, said_price
from tradewind.core.instruments import Instrument
from tradewind.core.money import divide_half_even, notional_e8, round_to_grid
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import ActionKind, CashReason, Outcome
from tradewind.kernels.accounts import apply_fill, unrealized_e8
from tradewind.views.amounts import cash_text, iso_or_none, percent, price_text, quantity_text
from tradewind.views.rows import MarketRow, PositionRow
from tradewind.views.session.currencies import Money


@dataclass
class _Price:
    seq: int = 0
    ticks: int | None = None
    between: Fraction | None = None
    """The price in ticks where a split or a dividend put it between two, until the next one comes."""
    ts_ns: int = 0
    day_before_ticks: int | None = None
    decision: DecisionMade | None = None


@dataclass
class _Held:
    seq: int = 0
    lots: int = 0
    cost_e8: int = 0
    realized_e8: int = 0
    income_e8: int = 0
    commission_e8: int = 0
    opened_ns: int = 0


class Holdings:
    """Latest price and call by instrument, and position by holder."""

    def __init__(self, instruments: dict[str, Instrument], money: Money) -> None:
        self.instruments = instruments
        self.money = money
        self._prices = {instrument_id: _Price() for instrument_id in instruments}
        self._held: dict[PositionKey, _Held] = {}

    def mark(self, seq: int, instrument_id: str, price: float, ts_ns: int) -> None:
        """Enter a price; one of a new UTC day makes the last one before it the price to compare with."""
        instrument = self.instruments.get(instrument_id)
        if instrument is None:
            return
        known = self._prices[instrument_id]
        if known.ticks is not None and ts_ns // NS_PER_DAY > known.ts_ns // NS_PER_DAY:
            known.day_before_ticks = known.ticks
        if math.isfinite(price) and ts_ns >= known.ts_ns:
            known.seq, known.ts_ns = seq, ts_ns
            known.ticks, known.between = round_to_grid(price, instrument.tick_float), None
            self.money.price(instrument, known.ticks)

    def lots_of(self, instrument_id: str) -> int:
        """Signed lots of the instrument over all holders."""
        return sum(held.lots for key, held in self._held.items() if key.instrument_id == instrument_id)

    def decided(self, seq: int, decision: DecisionMade) -> None:
        """Enter the latest decision on an instrument."""
        known = self._prices.get(decision.instrument_id)
        if known is not None:
            known.seq, known.decision = seq, decision

    def fee_e8(self, fill: OrderFilled) -> int:
        """A fill's commission in the quote currency; some venues take it in a coin."""
        quote = self.instruments[fill.instrument_id].quote_currency
        return self.money.worth_e8(fill.commission_e8, fill.fee_currency or quote, quote) or 0

    def book(self, seq: int, fill: OrderFilled, key: PositionKey) -> None:
        """Enter a fill."""
        instrument = self.instruments[fill.instrument_id]
        held = self._held.setdefault(key, _Held())
        signed = fill.side.sign * fill.quantity_lots
        value = notional_e8(fill.price_ticks, signed, instrument.ratio)
        before = held.lots
        held.lots, held.cost_e8, realized = apply_fill(before, held.cost_e8, signed, value)
        held.realized_e8 += realized
        held.commission_e8 += self.fee_e8(fill)
        held.seq = seq
        if held.lots and (before == 0 or (before > 0) != (held.lots > 0)):
            held.opened_ns = fill.ts_event
        price = self._prices[fill.instrument_id]
        if price.ticks is None:
            price.ticks = fill.price_ticks

    def act(self, seq: int, event: CorporateAction) -> None:
        """A split puts the prices of before it on the new basis, once, whoever holds how much of it; a
        dividend and a spin-off are taken off the price at the moment at which it goes ex.
        """
        price = self._prices.get(event.instrument_id)
        if price is None:
            return
        exact = price.between if price.between is not None else price.ticks
        if event.kind is ActionKind.SPLIT and event.numerator > 0 and event.denominator > 0:
            price.seq = seq
            if price.day_before_ticks is not None:
                price.day_before_ticks = split_ticks(price.day_before_ticks, event)
            if exact is not None:
                _put(price, Fraction(exact) * event.denominator / event.numerator)
        elif event.kind is ActionKind.DIVIDEND and exact is not None:
            paid = self._paid_ticks(event)
            if paid is not None and 0 < paid < exact:
                price.seq = seq
                _put(price, exact - paid)
        elif event.kind in EXCHANGES:
            self._exchange(seq, event, price, exact)

    def _exchange(
        self, seq: int, event: CorporateAction, price: _Price, exact: Fraction | int | None
    ) -> None:
        """New shares without a price are shown at what the action says; a spin-off takes it off the old."""
        new, instrument = self._prices.get(event.into), self.instruments.get(event.into)
        if new is None or instrument is None:
            return
        if new.ticks is None:
            try:
                said = said_price(event)
            except DataError:
                return  # the loop refused it by name
            if said is None:
                return
            new.seq, new.ts_ns = seq, event.ts_event
            _put(new, said / Fraction(instrument.tick))
        worth = Fraction(new.between if new.between is not None else new.ticks or 0)
        tick = Fraction(self.instruments[event.instrument_id].tick)
        if event.kind is ActionKind.SPIN_OFF and exact is not None and event.denominator > 0:
            ratio = Fraction(event.numerator, event.denominator)
            left = exact - worth * Fraction(instrument.tick) * ratio / tick
            if left > 0:
                price.seq = seq
                _put(price, left)

    def _paid_ticks(self, event: CorporateAction) -> Fraction | None:
        """A dividend of a unit in ticks; None where it is no amount, or in a currency without a rate."""
        instrument = self.instruments[event.instrument_id]
        try:
            amount = Fraction(Decimal(event.amount))
        except (InvalidOperation, ValueError, OverflowError):
            return None  # the loop refused it by name
        quote = instrument.quote_currency
        rate = self.money.rate(event.currency or quote, quote)
        return None if rate is None else amount * rate / Fraction(instrument.tick)

    def adjust(self, seq: int, event: PositionAdjusted) -> None:
        """A corporate action changed what is held; what it paid out counts as realised."""
        key = PositionKey(event.account, event.strategy, event.instrument_id)
        held = self._held.setdefault(key, _Held()) if event.new_lots else self._held.get(key)
        if held is not None:
            held.seq, held.lots, held.cost_e8 = seq, event.new_lots, event.cost_e8
            held.realized_e8 += event.realized_e8
            if event.new_lots and not event.old_lots:
                held.opened_ns = event.ts_event

    def adopt(self, seq: int, event: PositionAdopted) -> None:
        """A holding came from elsewhere."""
        key = PositionKey(event.account, event.strategy, event.instrument_id)
        held = self._held.setdefault(key, _Held())
        held.seq, held.lots, held.cost_e8 = seq, event.quantity_lots, event.cost_e8
        held.opened_ns = event.ts_event

    def income(self, seq: int, event: CashMoved) -> None:
        """Cash that a position brought or cost: dividends, and fractions paid out.

        That of a merger is not income: what it realised stands in the adjustments of the positions.
        """
        if event.reason is CashReason.REORGANISATION:
            return
        held = self._held.get(PositionKey(event.account, event.strategy, event.instrument_id))
        if held is not None:
            held.seq = seq
            quote = self.instruments[event.instrument_id].quote_currency
            held.income_e8 += self.money.worth_e8(event.amount_e8, event.currency, quote) or 0
            if event.reason is CashReason.COINS:
                held.lots -= lots_of_coins(self.instruments[event.instrument_id], event.amount_e8)

    def market_after(self, since: int) -> Iterator[MarketRow]:
        """Instruments that changed after record ``since``; all for 0."""
        for instrument_id, price in self._prices.items():
            if price.seq > since or since == 0:
                yield _market_row(self.instruments[instrument_id], price)

    def positions_after(self, since: int) -> Iterator[PositionRow]:
        """Positions whose fills or price changed after ``since``; flat ones keep what they realised."""
        for key, held in self._held.items():
            price = self._prices[key.instrument_id]
            changed = max(held.seq, price.seq if held.lots else 0)
            if changed > since:
                yield _position_row(self.instruments[key.instrument_id], key, held, price, changed)


def _put(price: _Price, exact: Fraction) -> None:
    """A price that no market said, exactly; shown to the nearest tick."""
    price.ticks = round(exact)
    price.between = exact if exact.denominator != 1 else None


def _market_row(instrument: Instrument, price: _Price) -> MarketRow:
    ticks, before, decision = price.ticks, price.day_before_ticks, price.decision
    change = 100.0 * (ticks / before - 1.0) if ticks is not None and before else None
    return MarketRow(
        seq=price.seq,
        instrument_id=instrument.id,
        asset_class=str(instrument.asset_class),
        venue=instrument.venue,
        quote_currency=instrument.quote_currency,
        tradable=instrument.tradable,
        price=None if ticks is None else price_text(ticks, instrument),
        previous=None if before is None else price_text(before, instrument),
        change_pct=change,
        ts=iso_or_none(price.ts_ns),
        call="" if decision is None else _call(decision),
        edge_bps=0.0 if decision is None else decision.edge_bps,
        confidence=0.0 if decision is None else decision.confidence,
        regime="" if decision is None else decision.regime,
    )


def _call(decision: DecisionMade) -> str:
    if (
        decision.outcome not in (Outcome.TRADE, Outcome.CLOSE)
        or decision.target_lots == decision.current_lots
    ):
        return "hold"
    return "buy" if decision.target_lots > decision.current_lots else "sell"


def _position_row(
    instrument: Instrument, key: PositionKey, held: _Held, price: _Price, seq: int
) -> PositionRow:
    ticks, value = price.ticks, _value_e8(instrument, held.lots, price)
    profit = unrealized_e8(held.cost_e8, value) if held.lots else 0
    return PositionRow(
        seq=seq,
        instrument_id=instrument.id,
        account=key.account,
        strategy=key.strategy,
        currency=instrument.quote_currency,
        quantity=quantity_text(held.lots, instrument),
        open=held.lots != 0,
        average_price=_average_price(instrument, held),
        mark_price=None if ticks is None else price_text(ticks, instrument),
        value=cash_text(value),
        unrealized_pnl=cash_text(profit),
        unrealized_pct=percent(profit, abs(held.cost_e8)),
        realized_pnl=cash_text(held.realized_e8),
        income=cash_text(held.income_e8),
        commission=cash_text(held.commission_e8),
        opened=iso_or_none(held.opened_ns) if held.lots else None,
    )


def _value_e8(instrument: Instrument, lots: int, price: _Price) -> int:
    if price.ticks is None or not lots:
        return 0
    if price.between is None:
        return notional_e8(price.ticks, lots, instrument.ratio)
    exact = price.between * lots * Fraction(*instrument.ratio)
    return divide_half_even(exact.numerator, exact.denominator)


def _average_price(instrument: Instrument, held: _Held) -> str | None:
    """Cost per unit, to 1e-8 of the currency; it may lie between ticks."""
    if not held.lots:
        return None
    per_lot = instrument.lot.as_integer_ratio()
    units = abs(held.lots) * per_lot[0]
    return cash_text(divide_half_even(abs(held.cost_e8) * per_lot[1], units))
