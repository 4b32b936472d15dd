"""The simple mean: what every cleverer way has to beat."""

from tradewind.ensemble.registry import BLENDS, BlendSettings, Combined, Views


@BLENDS.register("mean")
def mean(views: Views, settings: BlendSettings) -> Combined:
    """Every model counts alike, whatever its weight."""
    count = len(views.edges)
    share = 1.0 / count
    return Combined(
        sum(views.edges) / count,
        sum(views.probabilities) / count,
        sum(views.confidences) / count,
        [share] * count,
    )
