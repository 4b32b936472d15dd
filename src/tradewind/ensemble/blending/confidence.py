"""Confidence-weighted edges, shrunk to zero: a normal mean with a normal prior at zero.

Each model is an observation of the edge whose precision is its weight times its confidence, in units of one
fully confident model; the prior at zero has a precision of ``prior_strength`` such models. The posterior mean
is the blend (Gelman et al., "Bayesian Data Analysis", 3rd ed., section 2.5).
"""

from tradewind.ensemble.registry import BLENDS, BlendSettings, Combined, Views


@BLENDS.register("confidence")
def confidence(views: Views, settings: BlendSettings) -> Combined:
    """Doubtful models count little, few models move little, and disagreement costs confidence.

    The confidence of the blend is the part of the precision that is not the prior's, times the models'
    agreement: net edge over the sum of absolute edges.
    """
    precision = edge = probability = absolute = 0.0
    parts = []
    for e, p, c, w in zip(*views, strict=True):
        part = w * c
        parts.append(part)
        precision += part
        edge += part * e
        absolute += part * abs(e)
        probability += part * (p - 0.5)
    total = precision + settings.prior_strength
    if precision <= 0.0 or total <= 0.0:
        return Combined(0.0, 0.5, 0.0, [0.0] * len(parts))
    agreement = abs(edge) / absolute if absolute > 0.0 else 0.0
    certainty = precision / total * agreement
    return Combined(edge / total, 0.5 + probability / total, certainty, [part / precision for part in parts])
