"""Room left inside the Bollinger bands."""

from tradewind.core.decisions import FilterVerdict
from tradewind.ensemble.filter_registry import FILTERS, FilterInput, FilterSettings, below


@FILTERS.register("band")
def band(inputs: FilterInput, settings: FilterSettings) -> FilterVerdict:
    """bb_position below 0.65; for shorts 1 - bb_position."""
    position = inputs.get(settings.names.band_position)
    return below("band", position if inputs.side > 0 else 1.0 - position, settings.band_most)
