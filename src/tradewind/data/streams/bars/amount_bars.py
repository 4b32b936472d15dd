"""A bar for each so many trades, units or so much money."""

from tradewind.data.streams.bars.rules import AmountRule, Measure
from tradewind.data.streams.bars.tick_rule import TickRule
from tradewind.data.streams.bars.trade_bar import Growing, TradeBar, growing_from
from tradewind.data.streams.ticks import Trade


class AmountBars:
    """Bars of any number of instruments, closed by the trade that reaches the amount."""

    def __init__(self, rule: AmountRule) -> None:
        self.rule = rule
        self._signs = TickRule()
        self._growing: dict[str, Growing] = {}

    def take(self, trade: Trade) -> list[TradeBar]:
        """Bars that are closed with this trade: one or none."""
        growing = self._growing.get(trade.instrument_id)
        if growing is None:
            growing = self._growing[trade.instrument_id] = growing_from(trade, trade.ts_event)
        growing.add(trade, self._signs.sign(trade))
        if self._amount(growing) < self.rule.size:
            return []
        del self._growing[trade.instrument_id]
        return [growing.closed(trade.instrument_id, self.rule.text, trade.ts_event, trade.ts_recv)]

    def _amount(self, growing: Growing) -> float:
        measure = self.rule.measure
        if measure is Measure.TICK:
            return growing.trades
        return growing.volume if measure is Measure.VOLUME else growing.value
