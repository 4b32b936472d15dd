"""The news is not against the trade, where there is enough of it to go by."""

import math

from tradewind.core.decisions import FilterVerdict
from tradewind.ensemble.filter_registry import FILTERS, FilterInput, FilterSettings, above


@FILTERS.register("sentiment")
def sentiment(inputs: FilterInput, settings: FilterSettings) -> FilterVerdict:
    """Sentiment above -0.5 (mirrored for shorts) when its confidence is above 0.4; passes below that."""
    confidence = inputs.get(settings.names.sentiment_confidence)
    score = inputs.side * inputs.get(settings.names.sentiment)
    least, needed = settings.sentiment_least, settings.sentiment_confidence_from
    if math.isnan(confidence):
        return FilterVerdict(
            name="sentiment", passed=False, value=score, threshold=least, note="no confidence (NaN)"
        )
    if confidence <= needed:
        note = f"confidence {confidence:.2f} is not above {needed:g}, so it does not count"
        return FilterVerdict(name="sentiment", passed=True, value=score, threshold=least, note=note)
    return above("sentiment", score, least)
