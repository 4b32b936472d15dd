"""There is a trend."""

from tradewind.core.decisions import FilterVerdict
from tradewind.ensemble.filter_registry import FILTERS, FilterInput, FilterSettings, above


@FILTERS.register("adx")
def adx(inputs: FilterInput, settings: FilterSettings) -> FilterVerdict:
    """ADX above 20, for longs and shorts alike."""
    return above("adx", inputs.get(settings.names.adx), settings.adx_least)
