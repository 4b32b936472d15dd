"""The ensemble is sure enough of the direction."""

from tradewind.core.decisions import FilterVerdict
from tradewind.ensemble.filter_registry import FILTERS, FilterInput, FilterSettings, above
from tradewind.ensemble.quality import adaptive_threshold


@FILTERS.register("probability")
def probability(inputs: FilterInput, settings: FilterSettings) -> FilterVerdict:
    """The side's probability above the given threshold, or else the adaptive one."""
    side_probability = inputs.probability_up if inputs.side > 0 else 1.0 - inputs.probability_up
    threshold = inputs.threshold
    if threshold is None:
        threshold = adaptive_threshold(inputs, settings)
    return above("probability", side_probability, threshold)
