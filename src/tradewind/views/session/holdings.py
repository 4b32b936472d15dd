"""Prices and positions as the journal tells them, booked by the same kernel as the loop's own book."""

from collections.abc import Iterator
from dataclasses import dataclass

from tradewind.core.decisions import DecisionMade
from tradewind.core.instruments import Instrument
from tradewind.core.money import divide_half_even, notional_e8, round_to_grid
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.kernels.accounts import apply_fill, unrealized_e8
from tradewind.views.amounts import cash_text, iso_or_none, percent, price_text, quantity_text
from tradewind.views.rows import MarketRow, PositionRow


@dataclass
class _Price:
    seq: int = 0
    ticks: int | None = None
    ts_ns: int = 0
    day_before_ticks: int | None = None
    decision: DecisionMade | None = None


@dataclass
class _Held:
    seq: int = 0
    strategy: str = ""
    lots: int = 0
    cost_e8: int = 0
    realized_e8: int = 0
    commission_e8: int = 0
    opened_ns: int = 0


class Holdings:
    """Latest price, call and position by instrument."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments
        self._prices = {instrument_id: _Price() for instrument_id in instruments}
        self._held: dict[str, _Held] = {}

    def mark(self, seq: int, instrument_id: str, price: float, ts_ns: int) -> None:
        """Enter a price; one of a new UTC day makes the last one before it the price to compare with."""
        instrument = self.instruments.get(instrument_id)
        if instrument is None:
            return
        known = self._prices[instrument_id]
        if known.ticks is not None and ts_ns // NS_PER_DAY > known.ts_ns // NS_PER_DAY:
            known.day_before_ticks = known.ticks
        known.seq, known.ts_ns = seq, ts_ns
        known.ticks = round_to_grid(price, instrument.tick_float)

    def decided(self, seq: int, decision: DecisionMade) -> None:
        """Enter the latest decision on an instrument."""
        known = self._prices.get(decision.instrument_id)
        if known is not None:
            known.seq, known.decision = seq, decision

    def book(self, seq: int, fill: OrderFilled, strategy: str) -> None:
        """Enter a fill."""
        instrument = self.instruments[fill.instrument_id]
        held = self._held.setdefault(fill.instrument_id, _Held())
        signed = fill.side.sign * fill.quantity_lots
        value = notional_e8(fill.price_ticks, signed, instrument.ratio)
        before = held.lots
        held.lots, held.cost_e8, realized = apply_fill(before, held.cost_e8, signed, value)
        held.realized_e8 += realized
        held.commission_e8 += fill.commission_e8
        held.seq = seq
        if held.lots and (before == 0 or (before > 0) != (held.lots > 0)):
            held.opened_ns, held.strategy = fill.ts_event, strategy
        price = self._prices[fill.instrument_id]
        if price.ticks is None:
            price.ticks = fill.price_ticks

    def market_after(self, since: int) -> Iterator[MarketRow]:
        """Instruments that changed after record ``since``; all for 0."""
        for instrument_id, price in self._prices.items():
            if price.seq > since or since == 0:
                yield _market_row(self.instruments[instrument_id], price)

    def positions_after(self, since: int) -> Iterator[PositionRow]:
        """Positions whose fills or price changed after ``since``; flat ones keep what they realised."""
        for instrument_id, held in self._held.items():
            price = self._prices[instrument_id]
            changed = max(held.seq, price.seq if held.lots else 0)
            if changed > since:
                yield _position_row(self.instruments[instrument_id], held, price.ticks, changed)


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
    if decision.outcome not in ("trade", "close") or decision.target_lots == decision.current_lots:
        return "hold"
    return "buy" if decision.target_lots > decision.current_lots else "sell"


def _position_row(instrument: Instrument, held: _Held, ticks: int | None, seq: int) -> PositionRow:
    value = 0 if ticks is None or not held.lots else notional_e8(ticks, held.lots, instrument.ratio)
    profit = unrealized_e8(held.cost_e8, value) if held.lots else 0
    return PositionRow(
        seq=seq,
        instrument_id=instrument.id,
        strategy=held.strategy,
        currency=instrument.quote_currency,
        quantity=quantity_text(held.lots, instrument),
        open=held.lots != 0,
        average_price=_average_price(instrument, held),
        mark_price=None if ticks is None else price_text(ticks, instrument),
        value=cash_text(value),
        unrealized_pnl=cash_text(profit),
        unrealized_pct=percent(profit, abs(held.cost_e8)),
        realized_pnl=cash_text(held.realized_e8),
        commission=cash_text(held.commission_e8),
        opened=iso_or_none(held.opened_ns) if held.lots else None,
    )


def _average_price(instrument: Instrument, held: _Held) -> str | None:
    """Cost per unit, to 1e-8 of the currency; it may lie between ticks."""
    if not held.lots:
        return None
    per_lot = instrument.lot.as_integer_ratio()
    units = abs(held.lots) * per_lot[0]
    return cash_text(divide_half_even(abs(held.cost_e8) * per_lot[1], units))
