"""The account as the loop knows it. The engine owns and changes it; everyone else only reads it.

All cash is int64 in 1e-8; ``rate_e8`` turns one unit of a currency into the base currency.
"""

import msgspec

from tradewind.core.errors import MoneyError
from tradewind.core.instruments import Instrument
from tradewind.core.money import CASH_SCALE, divide_half_even, notional_e8
from tradewind.core.orders import AnyOrderState, OrderState


class Position(msgspec.Struct, kw_only=True):
    """What is held of one instrument. ``cost_e8`` is the signed cash paid for what is still held."""

    instrument_id: str
    quantity_lots: int = 0
    cost_e8: int = 0
    realized_e8: int = 0
    commission_e8: int = 0
    opened_ts: int = 0
    strategy: str = ""


class BreakerState(msgspec.Struct, kw_only=True):
    """A breaker that has tripped and not been armed again."""

    breaker: str
    scope: str
    scope_key: str
    action: str
    tripped_ts: int
    rearm: str


class Gauge(msgspec.Struct, kw_only=True):
    """Latest reading of a market-wide gauge, and the one that closed the day before."""

    value: float
    ts_event: int
    previous: float = float("nan")


class Book(msgspec.Struct, kw_only=True):
    """Cash, positions, orders, marks and the figures that limits and breakers are held against."""

    base_currency: str
    instruments: dict[str, Instrument]
    cash_e8: dict[str, int]
    rate_e8: dict[str, int]
    positions: dict[str, Position] = msgspec.field(default_factory=dict)
    mark_ticks: dict[str, int] = msgspec.field(default_factory=dict)
    mark_ts: dict[str, int] = msgspec.field(default_factory=dict)
    open_orders: dict[str, AnyOrderState] = msgspec.field(default_factory=dict)
    gauges: dict[str, Gauge] = msgspec.field(default_factory=dict)
    breakers: dict[str, BreakerState] = msgspec.field(default_factory=dict)
    now_ns: int = 0
    equity_e8: int = 0
    start_equity_e8: int = 0
    high_water_e8: int = 0
    day: int = 0
    """UTC day number of ``now_ns``."""
    day_start_equity_e8: int = 0
    equity_trail: list[tuple[int, int]] = msgspec.field(default_factory=list)
    """Recent ``(ts, equity_e8)``, oldest first, for breakers on short spans."""
    order_times_ns: list[int] = msgspec.field(default_factory=list)
    """When recent orders left, oldest first."""
    turnover_today_e8: int = 0
    losses_in_row: dict[str, int] = msgspec.field(default_factory=dict)
    orders_sent: int = 0
    fills_seen: int = 0
    cash_paid_in_e8: int = 0


def in_base(book: Book, cash_e8: int, currency: str) -> int:
    """Cash in 1e-8 of the base currency, at the last known rate."""
    if currency == book.base_currency:
        return cash_e8
    rate = book.rate_e8.get(currency)
    if rate is None:
        message = f"There is no rate from {currency} to {book.base_currency} yet."
        raise MoneyError(message, f"Add an FX pair of {currency} and {book.base_currency} to the session.")
    return divide_half_even(cash_e8 * rate, CASH_SCALE)


def position_value_e8(book: Book, instrument_id: str) -> int:
    """Signed market value of a position in the base currency at its mark; 0 where nothing is held."""
    position = book.positions.get(instrument_id)
    if position is None or position.quantity_lots == 0:
        return 0
    instrument = book.instruments[instrument_id]
    value = notional_e8(book.mark_ticks[instrument_id], position.quantity_lots, instrument.ratio)
    return in_base(book, value, instrument.quote_currency)


def exposure_e8(book: Book) -> tuple[int, int]:
    """``(gross, net)`` exposure in the base currency."""
    gross = net = 0
    for instrument_id in book.positions:
        value = position_value_e8(book, instrument_id)
        gross += abs(value)
        net += value
    return gross, net


def orders_for(book: Book, instrument_id: str) -> list[OrderState]:
    """Orders of ``instrument_id`` that may still fill."""
    return [state for state in book.open_orders.values() if state.order.instrument_id == instrument_id]


def breaker_key(breaker: str, scope_key: str) -> str:
    """Name under which a tripped breaker stands in the book."""
    return f"{breaker}:{scope_key}" if scope_key else breaker
