"""What makes the bars of a rule."""

from typing import Protocol

from tradewind.data.streams.bars.amount_bars import AmountBars
from tradewind.data.streams.bars.imbalance_bars import ImbalanceBars
from tradewind.data.streams.bars.rules import AmountRule, Rule, TimeRule
from tradewind.data.streams.bars.time_bars import TimeBars
from tradewind.data.streams.bars.trade_bar import TradeBar
from tradewind.data.streams.ticks import Trade


class TradeBarBuilder(Protocol):
    """Takes trades one by one, each instrument's in order of time."""

    def take(self, trade: Trade) -> list[TradeBar]:
        """Bars that are closed with this trade."""
        ...


def builder_of(rule: Rule) -> TradeBarBuilder:
    """The same trades give the same bars, in whatever portions they come."""
    if isinstance(rule, TimeRule):
        return TimeBars(rule)
    return AmountBars(rule) if isinstance(rule, AmountRule) else ImbalanceBars(rule)
