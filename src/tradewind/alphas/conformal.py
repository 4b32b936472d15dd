"""Intervals whose coverage is a count, not an assumption: split conformal prediction.

Vovk, Gammerman and Shafer (2005); Lei et al. (2018). Held-out residuals give the offsets: the floor((n + 1)
a / 2)-th smallest below and the mirrored one above hold a new residual with probability at least 1 - a when
residuals are exchangeable. Markets are not quite: so coverage is also measured, by calibrating on the first
half of the held-out times and counting on the second.
"""

import msgspec
import numpy as np

from tradewind.core.panel import Floats


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """Offsets from the edge in units of the rows' scale; ``measured`` is None with too few rows."""

    lower: float
    upper: float
    nominal: float
    measured: float | None
    rows: int


def fit_interval(residual: Floats, nominal: float) -> Interval:
    """From residuals (realised minus edge, over scale) in order of time; ``nominal`` coverage such as 0.9."""
    half = len(residual) // 2
    measured = None
    if half >= 20:
        low, high = _offsets(residual[:half], nominal)
        late = residual[half:]
        measured = float(((late >= low) & (late <= high)).mean())
    low, high = _offsets(residual, nominal)
    return Interval(lower=low, upper=high, nominal=nominal, measured=measured, rows=len(residual))


def _offsets(residual: Floats, nominal: float) -> tuple[float, float]:
    ordered = np.sort(residual)
    # Too few rows for the level asked for: the widest that was seen is all there is.
    rank = max(int((len(ordered) + 1) * (1.0 - nominal) / 2.0), 1)
    return float(ordered[rank - 1]), float(ordered[-rank])
