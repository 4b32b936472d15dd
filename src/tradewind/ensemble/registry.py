"""Where ways of blending, filters and regime rules enter."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from tradewind.core.registry import Registry
from tradewind.core.settings import Length, Settings


class Views(NamedTuple):
    """What the models say of one instrument over one horizon, model by model.

    ``edges`` in bps, ``probabilities`` and ``confidences`` in [0, 1], ``weights`` not negative with mean 1.
    All are finite and of the same length, which is at least 1.
    """

    edges: Sequence[float]
    probabilities: Sequence[float]
    confidences: Sequence[float]
    weights: Sequence[float]


class Combined(NamedTuple):
    """One view, and the share that each model had in it (they add up to 1, or to 0 when nothing counted)."""

    edge_bps: float
    probability_up: float
    confidence: float
    shares: Sequence[float]


class BlendSettings(Settings, frozen=True, kw_only=True):
    """How forecasts are brought together.

    Attributes
    ----------
    method
        Name of a registered way to blend.
    weights
        Which weights go in: ``equal``, ``score`` or ``averaging`` (see :mod:`tradewind.ensemble.weights`).
    half_life_bars
        After how many bars a forecast's return per bar has halved; 0 means that of its own horizon, so that
        a forecast over h bars has half of its strength left at the end of them.
    prior_strength
        Weight of the prior at zero edge in the ``confidence`` method, in fully confident models.
    """

    method: str = "confidence"
    weights: Literal["equal", "score", "averaging"] = "score"
    half_life_bars: Length = 0.0
    prior_strength: Length = 1.0


BlendMethod = Callable[[Views, BlendSettings], Combined]
BLENDS: Registry[BlendMethod] = Registry("way of blending", "tradewind.ensemble.blending")
