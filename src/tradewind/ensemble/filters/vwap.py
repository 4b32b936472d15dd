"""Not too far on the wrong side of the volume-weighted price."""

from tradewind.core.decisions import FilterVerdict
from tradewind.ensemble.filter_registry import FILTERS, FilterInput, FilterSettings, above


@FILTERS.register("vwap")
def vwap(inputs: FilterInput, settings: FilterSettings) -> FilterVerdict:
    """vwap_z above -0.3; for shorts its mirror image."""
    return above("vwap", inputs.side * inputs.get(settings.names.vwap_z), settings.vwap_z_least)
