"""Not overbought."""

from tradewind.core.decisions import FilterVerdict
from tradewind.ensemble.filter_registry import FILTERS, FilterInput, FilterSettings, below


@FILTERS.register("rsi")
def rsi(inputs: FilterInput, settings: FilterSettings) -> FilterVerdict:
    """RSI below 68; for shorts 100 - RSI."""
    value = inputs.get(settings.names.rsi)
    return below("rsi", value if inputs.side > 0 else 100.0 - value, settings.rsi_most)
