"""The accounts as the loop knows them. The engine owns and changes them; everyone else only reads.

All cash is int64 in 1e-8. A position belongs to an account, a strategy and an instrument: two strategies in
one instrument never sell each other's holdings. ``rates`` turn one unit of a currency into the base currency,
as exact fractions, so that weak currencies lose nothing by rounding.
"""

from fractions import Fraction
from typing import NamedTuple

import msgspec

from tradewind.core.errors import MoneyError
from tradewind.core.instruments import Instrument
from tradewind.core.money import divide_half_even, notional_e8
from tradewind.core.orders import AnyOrderState, Order, OrderState
from tradewind.core.parents import ParentState, VolumeCurve
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm

MAIN_ACCOUNT = "main"
"""The account of a session that names none."""


class PositionKey(NamedTuple):
    """Whose position it is, and in what."""

    account: str
    strategy: str
    instrument_id: str


class Position(msgspec.Struct, kw_only=True):
    """What one strategy holds of one instrument in one account.

    ``cost_e8`` is the signed cash paid for what is still held. ``realized_e8`` and ``commission_e8`` are
    over all its life, ``trade_e8`` is what the round trip that is open has brought so far: realised profit,
    less its share of fees, plus dividends; all in the quote currency.
    """

    instrument_id: str
    account: str = MAIN_ACCOUNT
    strategy: str = ""
    quantity_lots: int = 0
    cost_e8: int = 0
    realized_e8: int = 0
    commission_e8: int = 0
    income_e8: int = 0
    held_income_e8: int = 0
    """Dividends booked on what is still held; as a part is sold, its part of them goes with its cost."""
    trade_e8: int = 0
    trade_lots: int = 0
    """Most lots that the open round trip has held, signed by its side."""
    opened_ts: int = 0

    @property
    def key(self) -> PositionKey:
        """Whose it is, and in what."""
        return PositionKey(self.account, self.strategy, self.instrument_id)


class Ledger(msgspec.Struct, kw_only=True):
    """One account's cash in one currency, and where it came from.

    Double entry: ``cash + cost of what is held = paid in + income + realized - fees``, to the unit.
    """

    cash_e8: int = 0
    paid_in_e8: int = 0
    income_e8: int = 0
    realized_e8: int = 0
    fees_e8: int = 0


class BreakerState(msgspec.Struct, kw_only=True):
    """A breaker that has tripped and not been armed again."""

    breaker: str
    scope: BreakerScope
    scope_key: str
    action: BreakerAction
    tripped_ts: int
    rearm: Rearm


class Gauge(msgspec.Struct, kw_only=True):
    """Latest reading of a market-wide gauge, and the one that closed the day before."""

    value: float
    ts_event: int
    previous: float = float("nan")


class StrategyResult(msgspec.Struct, kw_only=True):
    """What a strategy had earned at the end of the last cycle, and at most at the end of any."""

    profit_e8: int = 0
    peak_e8: int = 0


class DailyCloses(msgspec.Struct, kw_only=True):
    """Last marks of the latest days, oldest first, in ticks of today's basis (splits change them all).

    ``paid`` are dividends of a unit, as ``(day on which it went ex, ticks)``, oldest first.
    """

    days: list[int] = msgspec.field(default_factory=list)
    ticks: list[int] = msgspec.field(default_factory=list)
    paid: list[tuple[int, float]] = msgspec.field(default_factory=list)


class Book(msgspec.Struct, kw_only=True):
    """Cash, positions, orders, marks and the figures that limits and breakers are held against."""

    base_currency: str
    session_id: str = ""
    instruments: dict[str, Instrument]
    accounts: dict[str, dict[str, Ledger]]
    """Cash by account and currency."""
    rates: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    """``(numerator, denominator)`` of what one unit of a currency is worth in the base currency."""
    positions: dict[PositionKey, Position] = msgspec.field(default_factory=dict)
    net_lots: dict[str, int] = msgspec.field(default_factory=dict)
    """Signed lots by instrument over all holders; only what is not zero."""
    shares: dict[str, float] = msgspec.field(default_factory=dict)
    """Part of the equity that each strategy may use; one that is not named may use all."""
    mark_ticks: dict[str, int] = msgspec.field(default_factory=dict)
    mark_ts: dict[str, int] = msgspec.field(default_factory=dict)
    split_marks: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    """``(numerator, denominator)`` in ticks of a mark that a split or a dividend put between two ticks:
    holdings are valued by it until the next price, so that neither earns anything."""
    closes: dict[str, DailyCloses] = msgspec.field(default_factory=dict)
    """By instrument, the account's days for measures of risk."""
    open_orders: dict[str, AnyOrderState] = msgspec.field(default_factory=dict)
    parents: dict[str, ParentState] = msgspec.field(default_factory=dict)
    """Orders that algorithms work, by client order id."""
    volume_curves: dict[str, VolumeCurve] = msgspec.field(default_factory=dict)
    """By instrument, where an algorithm works orders."""
    gauges: dict[str, Gauge] = msgspec.field(default_factory=dict)
    breakers: dict[str, BreakerState] = msgspec.field(default_factory=dict)
    now_ns: int = 0
    equity_e8: int = 0
    start_equity_e8: int = 0
    high_water_e8: int = 0
    """What the drawdown breaker measures from; begun anew when a person arms it again."""
    peak_e8: int = 0
    """Highest equity at any valuation, capital that came or went aside. Nothing begins it anew."""
    day: int = 0
    """The account's day that ``now_ns`` lies in."""
    day_start_equity_e8: int = 0
    equity_trail: list[tuple[int, int]] = msgspec.field(default_factory=list)
    """Recent ``(ts, equity_e8)``, oldest first, for breakers on short spans."""
    order_times_ns: list[int] = msgspec.field(default_factory=list)
    """When recent orders left, oldest first."""
    turnover_today_e8: int = 0
    losses_in_row: dict[str, int] = msgspec.field(default_factory=dict)
    """Round trips that ended in a loss since the last that did not, by strategy."""
    results: dict[str, StrategyResult] = msgspec.field(default_factory=dict)
    """By strategy, as it was noted at the end of the last cycle."""
    orders_sent: int = 0
    fills_seen: int = 0
    holdings_changed: int = 0
    """How often a holding has changed: by fills, and by splits, delistings and adoptions as well."""


# Positions -----------------------------------------------------------------------------------


def key_of(order: Order) -> PositionKey:
    """The position that an order changes."""
    return PositionKey(order.account, order.strategy, order.instrument_id)


def held_lots(book: Book, key: PositionKey) -> int:
    """Signed lots that one holder has."""
    position = book.positions.get(key)
    return position.quantity_lots if position is not None else 0


def net_by_account(book: Book) -> dict[str, dict[str, int]]:
    """Signed lots by account and instrument, over all strategies; only what is not zero."""
    net: dict[str, dict[str, int]] = {account: {} for account in book.accounts}
    for position in book.positions.values():
        if position.quantity_lots:
            of_account = net.setdefault(position.account, {})
            lots = of_account.get(position.instrument_id, 0) + position.quantity_lots
            of_account[position.instrument_id] = lots
    return {account: {i: lots for i, lots in held.items() if lots} for account, held in net.items()}


# Value ---------------------------------------------------------------------------------------


def in_base(book: Book, cash_e8: int, currency: str) -> int:
    """Cash in 1e-8 of the base currency, at the last known rate, rounded half to even once."""
    if currency == book.base_currency:
        return cash_e8
    rate = book.rates.get(currency)
    if rate is None:
        message = f"There is no rate from {currency} to {book.base_currency} yet."
        raise MoneyError(message, f"Add an FX pair of {currency} and {book.base_currency} to the session.")
    return divide_half_even(cash_e8 * rate[0], rate[1])


def cash_in_base(book: Book) -> int:
    """All cash of all accounts, in 1e-8 of the base currency.

    What a session begins with in a currency counts from the first rate of that currency on.
    """
    return sum(
        in_base(book, ledger.cash_e8, currency)
        for ledgers in book.accounts.values()
        for currency, ledger in ledgers.items()
        if currency == book.base_currency or currency in book.rates
    )


def lots_value_e8(book: Book, instrument_id: str, lots: int) -> int:
    """Signed market value of ``lots`` in the base currency at the instrument's mark."""
    if lots == 0:
        return 0
    value = quoted_value_e8(book, instrument_id, lots)
    return in_base(book, value, book.instruments[instrument_id].quote_currency)


def quoted_value_e8(book: Book, instrument_id: str, lots: int) -> int:
    """Signed market value of ``lots`` in the instrument's own currency at its mark."""
    ratio = book.instruments[instrument_id].ratio
    between = book.split_marks.get(instrument_id) if book.split_marks else None
    if between is None:
        return notional_e8(book.mark_ticks[instrument_id], lots, ratio)
    return divide_half_even(between[0] * lots * ratio[0], between[1] * ratio[1])


def unit_price(book: Book, instrument_id: str) -> Fraction | None:
    """The exact mark of one unit in its own currency; None before its first price."""
    mark = book.mark_ticks.get(instrument_id)
    if mark is None:
        return None
    return Fraction(*book.split_marks.get(instrument_id, (mark, 1))) * Fraction(
        book.instruments[instrument_id].tick
    )


def exposure_e8(book: Book) -> tuple[int, int]:
    """``(gross, net)`` exposure in the base currency; gross counts each holder's position for itself."""
    gross = net = 0
    for position in book.positions.values():
        value = lots_value_e8(book, position.instrument_id, position.quantity_lots)
        gross += abs(value)
        net += value
    return gross, net


def profit_e8(book: Book, position: Position) -> int:
    """What a position has brought over its life in the base currency, fees taken off."""
    currency = book.instruments[position.instrument_id].quote_currency
    settled = position.realized_e8 + position.income_e8 - position.commission_e8 - position.cost_e8
    value = lots_value_e8(book, position.instrument_id, position.quantity_lots)
    return value + in_base(book, settled, currency)


def capital_e8(book: Book, strategy: str) -> int:
    """Equity that a strategy may use: its share of all, rounded down."""
    share = book.shares.get(strategy, 1.0)
    return book.equity_e8 if share == 1.0 else int(book.equity_e8 * share)


def note_results(book: Book) -> None:
    """Note what each strategy has earned so far, at the end of a cycle."""
    profits: dict[str, int] = {}
    for position in book.positions.values():
        profits[position.strategy] = profits.get(position.strategy, 0) + profit_e8(book, position)
    for strategy, profit in profits.items():
        result = book.results.get(strategy)
        if result is None:
            result = book.results[strategy] = StrategyResult()
        result.profit_e8 = profit
        result.peak_e8 = max(result.peak_e8, profit)


# Orders and breakers -------------------------------------------------------------------------


def orders_for(book: Book, instrument_id: str) -> list[OrderState]:
    """Orders of ``instrument_id`` that may still fill, of all holders."""
    return [state for state in book.open_orders.values() if state.order.instrument_id == instrument_id]


def orders_of(book: Book, key: PositionKey) -> list[OrderState]:
    """One holder's orders that may still fill."""
    return [state for state in orders_for(book, key.instrument_id) if key_of(state.order) == key]


def breaker_key(breaker: str, scope_key: str) -> str:
    """Name under which a tripped breaker stands in the book."""
    return f"{breaker}:{scope_key}" if scope_key else breaker
