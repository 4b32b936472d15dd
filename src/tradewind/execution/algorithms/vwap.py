"""Volume-weighted: slices follow the day's usual volume, measured on what was heard before."""

from tradewind.core.settings import Length, Settings
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.execution.algorithm_registry import AtWork, Due, algorithm, whole_minutes


class VwapSettings(Settings, frozen=True, kw_only=True):
    """Over how long. Where no intraday volume was heard yet, time takes its place."""

    minutes: Length = 390.0


@algorithm("vwap", VwapSettings())
def vwap(order: AtWork, settings: VwapSettings) -> Due:
    """Volume-weighted: as much as the usual volume of the day says is over by the end of the next bar.

    Source: Berkowitz, Logue & Noser, The total cost of transactions on the NYSE, Journal of Finance (1988).
    """
    span = max(whole_minutes(settings.minutes), 1)
    end = order.started_ns + span
    reached = min(order.now_ns + max(order.step_ns, span // 96, 1), end)
    if reached >= end:
        return Due(order.quantity_lots, replaces=True)
    whole = usual_volume(order.curve, order.started_ns, end)
    if whole <= 0.0:
        return Due(order.quantity_lots * (reached - order.started_ns) // span)
    part = usual_volume(order.curve, order.started_ns, reached) / whole
    return Due(min(int(order.quantity_lots * part), order.quantity_lots))


def usual_volume(curve: tuple[float, ...], start_ns: int, stop_ns: int) -> float:
    """Volume of a span by a day's curve, spread evenly inside each of its bins; days repeat."""
    if not curve:
        return 0.0
    length = NS_PER_DAY // len(curve)
    total, at = 0.0, start_ns
    while at < stop_ns:
        edge = min((at // length + 1) * length, stop_ns)
        total += curve[at % NS_PER_DAY // length] * (edge - at) / length
        at = edge
    return total
