"""What trading really cost, as half spreads by instrument and one coefficient of impact.

The model is the simulated venue's: a fill that takes liquidity is worse than the middle by half of the spread
and ``coefficient * volatility * sqrt(quantity / volume)`` (see ``kernels/costs.py``).
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.optimize import nnls

from tradewind.core.errors import NoDataError

LEAST_FILLS = 20
LEAST_OF_INSTRUMENT = 5


class Observed(NamedTuple):
    """One fill that took liquidity: what it lost to the middle, and the impact of a coefficient of 1."""

    instrument_id: str
    realized_bps: float
    impact_unit_bps: float
    weight: float


class FittedCosts(msgspec.Struct, frozen=True, kw_only=True):
    """The model's figures, none below zero, and how well they tell what was paid."""

    fills: int
    half_spread_bps: dict[str, float]
    impact_coefficient: float | None
    """None where no fill met a volume figure."""
    realized_bps: float
    """Mean by value of what the fills lost."""
    residual_bps: float
    """Root of the mean square by value of what the figures leave unexplained."""
    left_out: dict[str, int]
    """Fills of instruments that have too few."""


def fit_costs(seen: Sequence[Observed]) -> FittedCosts:
    """Non-negative least squares by traded value (Lawson and Hanson, Solving Least Squares Problems, 1974).

    Raises
    ------
    NoDataError
        Fewer than 20 fills say anything, of instruments with 5 or more each.
    """
    known = [o for o in seen if math.isfinite(o.realized_bps) and o.weight > 0.0]
    counts = Counter(o.instrument_id for o in known)
    few = {name: count for name, count in sorted(counts.items()) if count < LEAST_OF_INSTRUMENT}
    used = [o for o in known if o.instrument_id not in few]
    if len(used) < LEAST_FILLS:
        message = f"{len(used)} fills that took liquidity are too few to calibrate costs on."
        raise NoDataError(message, f"It takes {LEAST_FILLS}, and {LEAST_OF_INSTRUMENT} of an instrument.")
    names = sorted({o.instrument_id for o in used})
    columns = np.zeros((len(used), len(names) + 1))
    columns[np.arange(len(used)), [names.index(o.instrument_id) for o in used]] = 1.0
    columns[:, -1] = [o.impact_unit_bps for o in used]
    paid = np.array([o.realized_bps for o in used])
    weights = np.array([o.weight for o in used]) / sum(o.weight for o in used)
    roots = np.sqrt(weights)
    figures, _ = nnls(columns * roots[:, None], paid * roots)
    left = paid - columns @ figures
    return FittedCosts(
        fills=len(used),
        half_spread_bps={name: round(float(h), 6) for name, h in zip(names, figures, strict=False)},
        impact_coefficient=round(float(figures[-1]), 6) if columns[:, -1].any() else None,
        realized_bps=float(weights @ paid),
        residual_bps=float(np.sqrt(weights @ left**2)),
        left_out=few,
    )
