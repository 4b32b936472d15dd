"""How wide an interval is where: in units of each row's own recent range.

A fixed width is too narrow in a storm and too wide in a calm, and cannot serve a currency and a coin at
once. Where rows have ``atr`` and ``close``, residuals are taken in units of ATR / close before quantiles
are drawn (locally weighted conformal prediction, Lei et al. 2018); else all widths are the same.
"""

import msgspec
import numpy as np

from tradewind.alphas.rows import BPS, column_index
from tradewind.core.panel import Floats, Samples

RANGE = ("atr", "close")


class LocalScale(msgspec.Struct, frozen=True, kw_only=True):
    """``names`` are the factors that the scale is read from (none: it is ``typical_bps`` everywhere)."""

    names: tuple[str, ...]
    typical_bps: float

    @property
    def meaning(self) -> str:
        """For people."""
        return "ATR / close of the row" if self.names else "the same for all rows"


def fit_scale(samples: Samples) -> LocalScale:
    """The scale that these rows can have; its typical value is their median."""
    if set(RANGE) <= set(samples.names):
        ratio = _ratio_bps(samples, RANGE, "interval")
        seen = ratio[np.isfinite(ratio)]
        if len(seen) > 0:
            return LocalScale(names=RANGE, typical_bps=float(np.median(seen)))
    return LocalScale(names=(), typical_bps=1.0)


def scale_bps(samples: Samples, scale: LocalScale, model: str) -> Floats:
    """Scale of each row, (R,), > 0; the typical one where the row's own is missing.

    Raises
    ------
    ModelError
        The rows lack the factors that the scale is read from.
    """
    if not scale.names:
        return np.full(len(samples), scale.typical_bps)
    ratio = _ratio_bps(samples, scale.names, model)
    return np.where(np.isfinite(ratio), ratio, scale.typical_bps)


def _ratio_bps(samples: Samples, names: tuple[str, ...], model: str) -> Floats:
    columns = column_index(samples.names, names, model)
    reach, price = (samples.cube[samples.t, samples.i, k] for k in columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = BPS * reach / price
    return np.where(ratio > 0.0, ratio, np.nan)
