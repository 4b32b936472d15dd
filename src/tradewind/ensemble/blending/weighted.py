"""The weighted mean, a linear pool: with weights from recent scores, or from dynamic model averaging.

Sources: Stone (1961), "The Opinion Pool"; Raftery, Karny and Ettler (2010), "Online Prediction Under Model
Uncertainty via Dynamic Model Averaging", whose weights :mod:`tradewind.ensemble.weights` keeps.
"""

from tradewind.ensemble.registry import BLENDS, BlendSettings, Combined, Views


@BLENDS.register("weighted")
def weighted(views: Views, settings: BlendSettings) -> Combined:
    """Each model counts by its weight; a view without any weight is no view."""
    total = edge = probability = confidence = 0.0
    for e, p, c, w in zip(*views, strict=True):
        total += w
        edge += w * e
        probability += w * p
        confidence += w * c
    if total <= 0.0:
        return Combined(0.0, 0.5, 0.0, [0.0] * len(views.edges))
    shares = [w / total for w in views.weights]
    return Combined(edge / total, probability / total, confidence / total, shares)
