"""Percentage of volume: never more than a part of what the market has traded since the start."""

from tradewind.core.settings import Part, Settings
from tradewind.execution.algorithm_registry import AtWork, Due, algorithm


class PovSettings(Settings, frozen=True, kw_only=True):
    """Part of the market's volume, by bars; a market without a volume figure gets nothing done."""

    share: Part = 0.1


@algorithm("pov", PovSettings())
def pov(order: AtWork, settings: PovSettings) -> Due:
    """A share of what the market has traded since the start, rounded down to lots."""
    lots = int(settings.share * order.volume / float(order.instrument.lot))
    return Due(min(lots, order.quantity_lots))
