"""One run of a session, gathered from its records for a comparison: what was decided, filled, and ended."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tradewind.core.accounts import CashMoved
from tradewind.core.decisions import AccountMarked, BreakerTripped, DecisionMade, OrderRefused, OrderRequested
from tradewind.core.events import AnyEvent, Record, SessionEnded, SessionOpened
from tradewind.core.forecasts import ForecastFailed
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar
from tradewind.core.money import notional_e8
from tradewind.core.orders import OrderCanceled, OrderExpired, OrderFilled, OrderRejected, SubmissionUnknown

Key = tuple[str, str, int]
"""Strategy, instrument, and the end of the bar that was decided on."""


@dataclass
class Filled:
    """What one decision's orders filled, together."""

    lots: int = 0
    value_e8: int = 0
    fee_e8: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    count: int = 0


@dataclass
class Run:
    """One run, by strategy, instrument and bar."""

    instruments: Mapping[str, Instrument]
    decisions: dict[Key, DecisionMade] = field(default_factory=dict)
    equity: dict[Key, int] = field(default_factory=dict)
    halted: dict[Key, frozenset[str]] = field(default_factory=dict)
    fills: dict[Key, Filled] = field(default_factory=lambda: defaultdict(Filled))
    ended: dict[Key, str] = field(default_factory=dict)
    """How an order of a decision ended that was not filled whole, in words."""
    failed: dict[tuple[str, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Models that did not answer, by instrument and bar."""
    late_s: dict[tuple[str, int], float] = field(default_factory=dict)
    """How long after its close a bar came."""
    down: list[tuple[int, int]] = field(default_factory=list)
    """Spans in which the session did not run."""
    other_cash: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Cash that moved without a fill, by currency."""
    _bars: dict[tuple[str, str], int] = field(default_factory=dict)
    _newest: dict[str, int] = field(default_factory=dict)
    _of_order: dict[str, Key] = field(default_factory=dict)
    _of_decision: dict[str, Key] = field(default_factory=dict)
    _tripped: set[str] = field(default_factory=set)
    _equity_e8: int = 0
    _ended_ns: int = 0

    def held_before(self, key: Key) -> int:
        """Signed lots that fills had made of the strategy's position before the bar."""
        return sum(
            one.lots
            for (strategy, name, ns), one in self.fills.items()
            if (strategy, name) == key[:2] and ns < key[2]
        )

    def take(self, event: AnyEvent) -> None:
        """One event of the run."""
        match event:
            case Bar(warmup=False):
                self._take_bar(event)
            case DecisionMade():
                self._take_decision(event)
            case OrderFilled():
                self._take_fill(event)
            case AccountMarked():
                self._equity_e8 = event.equity_e8
            case CashMoved():
                self.other_cash[event.currency] += event.amount_e8
            case BreakerTripped():
                self._tripped.add(event.breaker)
            case ForecastFailed():
                bar_ns = self._bars.get((event.instrument_id, event.timeframe), 0)
                self.failed[event.instrument_id, bar_ns].append(f"{event.model}: {event.reason}")
            case SessionEnded():
                self._ended_ns = event.ts_event
            case SessionOpened() if self._ended_ns:
                self.down.append((self._ended_ns, event.ts_event))
            case _:
                self._take_order(event)

    def _take_bar(self, bar: Bar) -> None:
        self._bars[bar.instrument_id, bar.timeframe] = bar.ts_event
        self._newest[bar.instrument_id] = max(self._newest.get(bar.instrument_id, 0), bar.ts_event)
        if bar.ts_recv > bar.ts_event:
            self.late_s[bar.instrument_id, bar.ts_event] = (bar.ts_recv - bar.ts_event) / 1e9

    def _take_decision(self, made: DecisionMade) -> None:
        bar_ns = self._bars.get((made.instrument_id, made.timeframe), 0)
        key = (made.strategy, made.instrument_id, bar_ns)
        self.decisions[key], self._of_decision[made.decision_id] = made, key
        self.equity[key], self.halted[key] = self._equity_e8, frozenset(self._tripped)

    def _take_order(self, event: AnyEvent) -> None:
        match event:
            case OrderRequested():
                order = event.order
                usual = (order.strategy, order.instrument_id, self._newest.get(order.instrument_id, 0))
                key = self._of_decision.get(order.decision_id, usual)
                self._of_order[order.client_order_id] = key
            case OrderRefused():
                refused = self._of_decision.get(event.order.decision_id)
                if refused is not None:
                    self.ended[refused] = f"refused by {event.refusal.rule}: {event.refusal.reason}"
            case OrderRejected():
                self._end(event.client_order_id, f"rejected: {event.reason}")
            case OrderCanceled():
                self._end(event.client_order_id, f"canceled: {event.reason}" if event.reason else "canceled")
            case OrderExpired():
                self._end(event.client_order_id, "expired")
            case SubmissionUnknown():
                self._end(event.client_order_id, "not answered in time")
            case _:
                pass

    def _end(self, client_order_id: str, how: str) -> None:
        key = self._of_order.get(client_order_id)
        if key is not None:
            self.ended[key] = how

    def _take_fill(self, fill: OrderFilled) -> None:
        instrument = self.instruments[fill.instrument_id]
        nobody = ("", fill.instrument_id, fill.ts_event)
        into = self.fills[self._of_order.get(fill.client_order_id, nobody)]
        signed = fill.side.sign * fill.quantity_lots
        into.lots += signed
        into.value_e8 += notional_e8(fill.price_ticks, signed, instrument.ratio)
        into.fee_e8[fill.fee_currency or instrument.quote_currency] += fill.commission_e8
        into.count += 1


def gathered(records: Iterable[Record], instruments: Mapping[str, Instrument]) -> Run:
    """A run of these records."""
    run = Run(instruments)
    for record in records:
        run.take(record.event)
    return run
