"""Orders from request to end, advanced by the same state machine as the loop's own book."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tradewind.core.errors import OrderError
from tradewind.core.instruments import Instrument
from tradewind.core.money import divide_half_even
from tradewind.core.orders import (
    OPEN_STATES,
    AnyOrderState,
    BrokerReport,
    Canceled,
    Order,
    OrderAccepted,
    OrderFilled,
    OrderReplaced,
    Pending,
    Rejected,
    Unknown,
    Working,
    advance_order,
)
from tradewind.core.timestamps import iso
from tradewind.views.amounts import cash_text, price_text, quantity_text
from tradewind.views.rows import FillRow, OrderRow
from tradewind.views.session.rings import Ring

_FILLS_SHOWN = 20
_TRADES_REMEMBERED = 10_000


@dataclass
class Lifecycle:
    """One order and what became of it so far."""

    requested_seq: int
    requested_ns: int
    state: AnyOrderState
    seq: int
    updated_ns: int
    fills: deque[tuple[OrderFilled, int]] = field(default_factory=lambda: deque(maxlen=_FILLS_SHOWN))
    """With each its commission in the quote currency."""
    fill_count: int = 0
    value: int = 0
    """Sum of price in ticks times lots over all fills."""
    commission_e8: int = 0
    slippage_lots_bps: float = 0.0


class Lifecycles:
    """All open orders, and the last ``closed`` that came to an end."""

    def __init__(self, closed: int) -> None:
        self._open: dict[str, Lifecycle] = {}
        self._closed: Ring[Lifecycle] = Ring(closed)
        self._seen_trades: dict[str, None] = {}
        self._changed_at = 0

    def requested(self, seq: int, ts_ns: int, order: Order) -> None:
        """An order leaves."""
        state = Pending(order=order)
        self._open[order.client_order_id] = Lifecycle(seq, ts_ns, state, seq, ts_ns)
        self._changed_at = seq

    def reported(self, seq: int, report: BrokerReport, fee_e8: int | None = None) -> Order | None:
        """Enter a broker's report; the order when the report is a fill that counts, else None.

        A repeated report, or one that the state machine does not allow, changes nothing here, as it changes
        nothing in the loop (which trips the reconciliation breaker over it). ``fee_e8`` is a fill's
        commission in the quote currency, where it was paid in another.
        """
        if isinstance(report, OrderFilled) and report.trade_id in self._seen_trades:
            return None
        life = self._open.get(report.client_order_id)
        if life is None or (isinstance(report, OrderAccepted) and isinstance(life.state, Working)):
            return None
        before = life.state.filled_lots
        try:
            life.state = advance_order(life.state, report)
        except OrderError:
            return None
        if isinstance(report, OrderReplaced) and before:
            # A split counts what is filled in other lots; price times lots stays what it was.
            life.slippage_lots_bps *= life.state.filled_lots / before
        life.seq, life.updated_ns, self._changed_at = seq, report.ts_event, seq
        if not isinstance(life.state, OPEN_STATES):
            del self._open[report.client_order_id]
            self._closed.add(seq, life)
        if not isinstance(report, OrderFilled):
            return None
        self._remember(report.trade_id)
        _add_fill(life, report, report.commission_e8 if fee_e8 is None else fee_e8)
        return life.state.order

    def state_of(self, client_order_id: str) -> AnyOrderState | None:
        """The order's state, while it is open or among the last that were closed."""
        known = self._open.get(client_order_id)
        closed = (life for _, life in self._closed.after(0))
        if known is None:
            known = next((one for one in closed if one.state.order.client_order_id == client_order_id), None)
        return None if known is None else known.state

    def open_after(self, since: int, instruments: dict[str, Instrument]) -> list[OrderRow] | None:
        """All open orders, newest first; None when nothing changed after record ``since``."""
        if self._changed_at <= since and since > 0:
            return None
        newest_first = sorted(self._open.values(), key=lambda life: -life.requested_seq)
        return [order_row(life, instruments[life.state.order.instrument_id]) for life in newest_first]

    def closed_after(self, since: int, instruments: dict[str, Instrument]) -> Iterator[OrderRow]:
        """Orders that came to an end after record ``since``, latest first."""
        for _, life in self._closed.after(since):
            yield order_row(life, instruments[life.state.order.instrument_id])

    def _remember(self, trade_id: str) -> None:
        self._seen_trades[trade_id] = None
        if len(self._seen_trades) > _TRADES_REMEMBERED:
            del self._seen_trades[next(iter(self._seen_trades))]


def _add_fill(life: Lifecycle, fill: OrderFilled, fee_e8: int) -> None:
    life.fills.append((fill, fee_e8))
    life.fill_count += 1
    life.value += fill.price_ticks * fill.quantity_lots
    life.commission_e8 += fee_e8
    life.slippage_lots_bps += fill.slippage_bps * fill.quantity_lots


def order_row(life: Lifecycle, instrument: Instrument) -> OrderRow:
    """The order as pages show it."""
    state, order = life.state, life.state.order
    filled = state.filled_lots
    return OrderRow(
        seq=life.seq,
        requested_seq=life.requested_seq,
        client_order_id=order.client_order_id,
        decision_id=order.decision_id,
        venue_order_id=state.venue_order_id,
        strategy=order.strategy,
        instrument_id=order.instrument_id,
        side=str(order.side),
        order_type=str(order.order_type),
        time_in_force=str(order.time_in_force),
        reduce_only=order.reduce_only,
        quantity=quantity_text(order.quantity_lots, instrument),
        limit_price=_price(order.limit_price_ticks, instrument),
        stop_price=_price(order.stop_price_ticks, instrument),
        state=type(state).__name__.lower(),
        reason=state.reason if isinstance(state, Canceled | Rejected | Unknown) else "",
        filled=quantity_text(filled, instrument),
        average_price=average_price(life.value, filled, instrument),
        commission=cash_text(life.commission_e8),
        slippage_bps=life.slippage_lots_bps / filled if filled else None,
        requested=iso(life.requested_ns),
        updated=iso(life.updated_ns),
        fills=tuple(_fill_row(fill, fee_e8, instrument) for fill, fee_e8 in life.fills),
        fill_count=life.fill_count,
    )


def average_price(value: int, lots: int, instrument: Instrument) -> str | None:
    """Price over all fills, to 1e-8; ``value`` is the sum of ticks times lots. None without a fill."""
    if not lots:
        return None
    tick = instrument.tick.as_integer_ratio()
    return cash_text(divide_half_even(value * tick[0] * 100_000_000, lots * tick[1]))


def _price(ticks: int | None, instrument: Instrument) -> str | None:
    return None if ticks is None else price_text(ticks, instrument)


def _fill_row(fill: OrderFilled, fee_e8: int, instrument: Instrument) -> FillRow:
    return FillRow(
        trade_id=fill.trade_id,
        ts=iso(fill.ts_event),
        quantity=quantity_text(fill.quantity_lots, instrument),
        price=price_text(fill.price_ticks, instrument),
        commission=cash_text(fee_e8),
        slippage_bps=fill.slippage_bps,
    )
