"""Iceberg: a limit order of which only a tip is on the book."""

from tradewind.core.settings import Bps, Part, Settings
from tradewind.execution.algorithm_registry import AtWork, Due, algorithm
from tradewind.kernels.costs import slippage_ticks


class IcebergSettings(Settings, frozen=True, kw_only=True):
    """Which part of the order shows, and how far from the price at the start its limit lies."""

    shown: Part = 0.1
    offset_bps: Bps = 0.0


@algorithm("iceberg", IcebergSettings())
def iceberg(order: AtWork, settings: IcebergSettings) -> Due:
    """One tip shows at a limit (the order's, else by the arrival price), the next when it has filled."""
    limit = order.limit_ticks
    if limit is None:
        offset = slippage_ticks(order.arrival_ticks, settings.offset_bps, 0.0, 5_000.0)
        limit = order.arrival_ticks - order.side.sign * offset
        if limit < 1 and not order.instrument.negative_prices:
            limit = 1
    tip = max(int(order.quantity_lots * settings.shown), 1)
    shown = order.resting_lots or tip
    return Due(min(order.filled_lots + shown, order.quantity_lots), limit)
