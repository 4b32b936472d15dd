"""From a probability to an edge in basis points, and to a confidence.

Over the training window let ``up`` and ``down`` be the mean returns (bps) of rows that rose and that did
not, and ``base`` the share that rose in all labelled rows. With the calibrated probability p::

    expected return = p * up + (1 - p) * down                       (drift included)
    edge            = expected return - (base * up + (1 - base) * down)
                    = (p - base) * (up - down)                      (drift left out, the default)
    confidence      = (p - base) / (1 - base)   where p >= base
                    = (base - p) / base         where p <  base

Drift is left out by default: the average move of the window is what buying and holding earns, and a model
that has learnt nothing then has no edge. Confidence is how far p lies on the way from the base rate to
certainty.
"""

import msgspec
import numpy as np

from tradewind.alphas.rows import BPS
from tradewind.core.panel import Floats


class ClassMeans(msgspec.Struct, frozen=True, kw_only=True):
    """Mean return in bps of rows that rose and of rows that did not, and the share that rose."""

    up_bps: float
    down_bps: float
    base_rate: float

    @property
    def drift_bps(self) -> float:
        """What a row earns on average at the base rate."""
        return self.base_rate * self.up_bps + (1.0 - self.base_rate) * self.down_bps


def class_means(label_return: Floats, weight: Floats, base_rate: float) -> ClassMeans:
    """Weighted class means of simple returns (R,); both classes must be there."""
    up = label_return > 0.0
    return ClassMeans(
        up_bps=BPS * float(np.average(label_return[up], weights=weight[up])),
        down_bps=BPS * float(np.average(label_return[~up], weights=weight[~up])),
        base_rate=base_rate,
    )


def edge_bps(probability: Floats, means: ClassMeans, *, include_drift: bool) -> Floats:
    """The edge of each probability, (R,)."""
    edge = (probability - means.base_rate) * (means.up_bps - means.down_bps)
    return edge + means.drift_bps if include_drift else edge


def confidence(probability: Floats, base_rate: float) -> Floats:
    """Confidence in [0, 1] of each probability, (R,)."""
    room = np.where(probability >= base_rate, 1.0 - base_rate, base_rate)
    return np.minimum(np.abs(probability - base_rate) / room, 1.0)
