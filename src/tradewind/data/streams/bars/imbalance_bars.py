"""A bar whenever one side outweighs the other by more than is usual."""

from dataclasses import dataclass

from tradewind.data.streams.bars.rules import ImbalanceRule, Measure
from tradewind.data.streams.bars.tick_rule import TickRule
from tradewind.data.streams.bars.trade_bar import Growing, TradeBar, growing_from
from tradewind.data.streams.ticks import Trade


@dataclass
class _Line:
    """``usual_signed`` is what a trade mostly brings, signed; None during the first bar."""

    growing: Growing | None
    usual_ticks: float
    usual_signed: float | None = None
    imbalance: float = 0.0


class ImbalanceBars:
    """Bars of any number of instruments; each has expectations of its own."""

    def __init__(self, rule: ImbalanceRule) -> None:
        self.rule = rule
        self._signs = TickRule()
        self._lines: dict[str, _Line] = {}

    def take(self, trade: Trade) -> list[TradeBar]:
        """Bars that are closed with this trade: one or none."""
        line = self._lines.get(trade.instrument_id)
        if line is None:
            line = self._lines[trade.instrument_id] = _Line(None, float(self.rule.ticks))
        growing = line.growing = line.growing or growing_from(trade, trade.ts_event)
        sign = self._signs.sign(trade)
        growing.add(trade, sign)
        line.imbalance += sign * self._measured(trade)
        if not self._is_closed(line, growing):
            return []
        self._learn(line, growing)
        line.growing, line.imbalance = None, 0.0
        return [growing.closed(trade.instrument_id, self.rule.text, trade.ts_event, trade.ts_recv)]

    def _is_closed(self, line: _Line, growing: Growing) -> bool:
        if line.usual_signed is None:
            return growing.trades >= self.rule.ticks
        return abs(line.imbalance) >= line.usual_ticks * abs(line.usual_signed)

    def _learn(self, line: _Line, growing: Growing) -> None:
        rule, signed = self.rule, line.imbalance / growing.trades
        if line.usual_signed is None:
            line.usual_signed = signed
            return
        weight = 2.0 / (rule.span + 1.0)
        line.usual_signed += weight * (signed - line.usual_signed)
        ticks = line.usual_ticks + weight * (growing.trades - line.usual_ticks)
        line.usual_ticks = min(max(ticks, rule.ticks / rule.reach), rule.ticks * rule.reach)

    def _measured(self, trade: Trade) -> float:
        measure = self.rule.measure
        if measure is Measure.TICK:
            return 1.0
        return trade.quantity if measure is Measure.VOLUME else trade.price * trade.quantity
