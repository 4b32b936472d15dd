"""Adaptive: waits at a limit for the spread, and crosses it when time or the price runs away."""

from tradewind.core.settings import Bps, Length, Settings
from tradewind.execution.algorithm_registry import AtWork, Due, algorithm, whole_minutes
from tradewind.kernels.costs import slippage_ticks


class LimitThenCrossSettings(Settings, frozen=True, kw_only=True):
    """How patient it is: how far inside the price it waits, how long, and what move against it ends that."""

    offset_bps: Bps = 1.0
    minutes: Length = 5.0
    give_up_bps: Bps = 10.0


@algorithm("limit_then_cross", LimitThenCrossSettings())
def limit_then_cross(order: AtWork, settings: LimitThenCrossSettings) -> Due:
    """All of it at a limit by the arrival price; to the market when time or a move against it ends that."""
    against = order.side.sign * (order.mark_ticks - order.arrival_ticks)
    give_up = slippage_ticks(order.arrival_ticks, settings.give_up_bps, 0.0, 5_000.0)
    if order.elapsed_ns >= whole_minutes(settings.minutes) or against > give_up:
        return Due(order.quantity_lots, replaces=True)
    offset = slippage_ticks(order.arrival_ticks, settings.offset_bps, 0.0, 5_000.0)
    limit = order.arrival_ticks - order.side.sign * offset
    if limit < 1 and not order.instrument.negative_prices:
        limit = 1
    return Due(order.quantity_lots, limit)
