"""The market is in a state worth trading."""

from tradewind.core.decisions import FilterVerdict
from tradewind.ensemble.filter_registry import FILTERS, FilterInput, FilterSettings, above
from tradewind.ensemble.quality import quality as quality_score


@FILTERS.register("quality")
def quality(inputs: FilterInput, settings: FilterSettings) -> FilterVerdict:
    """The quality score above 0.3."""
    return above("quality", quality_score(inputs, settings), settings.quality_least)
