"""Time-weighted: equal slices at equal distances."""

from tradewind.core.settings import Length, Settings, Some
from tradewind.execution.algorithm_registry import AtWork, Due, algorithm, whole_minutes


class TwapSettings(Settings, frozen=True, kw_only=True):
    """Over how long, in how many slices; the first leaves at once, the last before the end."""

    minutes: Length = 60.0
    slices: Some = 12


@algorithm("twap", TwapSettings())
def twap(order: AtWork, settings: TwapSettings) -> Due:
    """Time-weighted: equal slices at equal distances, the first at once."""
    slices, span = settings.slices, max(whole_minutes(settings.minutes), 1)
    begun = min(order.elapsed_ns * slices // span + 1, slices)
    return Due(order.quantity_lots * begun // slices, replaces=begun == slices)
