"""What trading cost a session: commission, spread and slippage of every fill, by instrument and by day."""

from dataclasses import dataclass, field
from fractions import Fraction

from tradewind.core.book import Book, in_base
from tradewind.core.events import Record
from tradewind.core.money import notional_e8
from tradewind.core.orders import OrderFilled
from tradewind.core.trading_calendar import account_day
from tradewind.views.explanation.costs import cost_of


@dataclass
class CostSum:
    """Sums over fills, in 1e-8 of the base currency at the rates of each fill."""

    fills: int = 0
    traded_e8: int = 0
    commission_e8: int = 0
    spread_e8: int = 0
    slippage_e8: int = 0

    @property
    def total_e8(self) -> int:
        """All that trading cost."""
        return self.commission_e8 + self.spread_e8 + self.slippage_e8

    def __iadd__(self, other: "CostSum") -> "CostSum":
        self.fills += other.fills
        self.traded_e8 += other.traded_e8
        self.commission_e8 += other.commission_e8
        self.spread_e8 += other.spread_e8
        self.slippage_e8 += other.slippage_e8
        return self


@dataclass
class SessionCosts:
    """Follows the records of one session with the book after each."""

    by_instrument: dict[str, CostSum] = field(default_factory=dict)
    by_day: dict[int, CostSum] = field(default_factory=dict)
    """By number of the account's day."""
    _fills: int = 0

    def take(self, record: Record, book: Book) -> None:
        """Follow one record; ``book`` is as it stands after it."""
        event = record.event
        if not isinstance(event, OrderFilled):
            return
        if book.fills_seen > self._fills:  # a report that was repeated is booked once
            one = _cost_of(event, book)
            day = account_day(event.ts_event)
            of_instrument = self.by_instrument.setdefault(event.instrument_id, CostSum())
            of_instrument += one
            of_day = self.by_day.setdefault(day, CostSum())
            of_day += one
        self._fills = book.fills_seen

    def whole(self) -> CostSum:
        """Over all instruments."""
        whole = CostSum()
        for one in self.by_instrument.values():
            whole += one
        return whole


def _cost_of(fill: OrderFilled, book: Book) -> CostSum:
    instrument = book.instruments[fill.instrument_id]
    rates = {book.base_currency: Fraction(1)}
    rates |= {currency: Fraction(*rate) for currency, rate in book.rates.items()}
    cost = cost_of([fill], instrument, rates, book.base_currency)
    value = abs(notional_e8(fill.price_ticks, fill.quantity_lots, instrument.ratio))
    return CostSum(
        fills=1,
        traded_e8=in_base(book, value, instrument.quote_currency),
        commission_e8=cost.commission_e8,
        spread_e8=cost.spread_e8,
        slippage_e8=cost.slippage_e8,
    )
