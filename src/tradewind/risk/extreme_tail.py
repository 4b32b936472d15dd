"""The tail beyond a threshold: a generalised Pareto distribution fitted to the losses that exceed it.

Sources: McNeil and Frey (2000), "Estimation of tail-related risk measures"; McNeil, Frey and Embrechts
(2005), section 7.2; Smith (1987) for the standard errors.
"""

import math
from typing import NamedTuple

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats

LEAST_EXCESSES = 20
"""Losses beyond the threshold below which no tail is fitted."""


class Tail(NamedTuple):
    """A fitted tail, in the unit of the losses.

    ``shape`` (xi) above 0 is a heavy tail. The standard errors are asymptotic and None where ``shape`` is
    at or below -0.5, where they do not exist. ``quantile_correlation`` is that of the QQ plot: near 1 where
    the fit holds.
    """

    threshold: float
    losses: int
    excesses: int
    shape: float
    scale: float
    shape_error: float | None
    scale_error: float | None
    quantile_correlation: float

    def value_at_risk(self, level: float) -> float:
        """The loss exceeded with probability 1 - level; DataError where that lies below the threshold."""
        beyond = self.excesses / self.losses
        if not 1.0 - beyond <= level < 1.0:
            message = f"A tail that begins at {1.0 - beyond:.4f} says nothing at level {level}."
            raise DataError(message, "Use a higher level, or a lower threshold.")
        ratio = (1.0 - level) / beyond
        if abs(self.shape) < 1e-9:
            return self.threshold - self.scale * math.log(ratio)
        return self.threshold + self.scale * math.expm1(-self.shape * math.log(ratio)) / self.shape

    def shortfall(self, level: float) -> float | None:
        """Mean loss beyond the value at risk; None where ``shape`` is 1 or more: it is infinite then."""
        risk = self.value_at_risk(level)
        if self.shape >= 1.0:
            return None
        return (risk + self.scale - self.shape * self.threshold) / (1.0 - self.shape)


def fit_tail(losses: Floats, threshold: float) -> Tail:
    """Fit by maximum likelihood what exceeds ``threshold``.

    ``losses`` (T,) are finite, positive where money is lost.

    Raises
    ------
    DataError
        A loss is not finite, too few exceed the threshold, or those that do are all alike.
    """
    from scipy.stats import genpareto

    values = _finite(losses)
    excesses = np.sort(values[values > threshold] - threshold)
    count = len(excesses)
    if count < LEAST_EXCESSES:
        message = f"{count} losses exceed {threshold}, and {LEAST_EXCESSES} are needed to fit a tail."
        raise DataError(message, "Use a lower threshold or more days.")
    if not excesses[-1] > excesses[0]:
        message = f"All {count} losses beyond {threshold} are the same."
        raise DataError(message, "Hand over a series that moves.")
    # In units of their mean, so that the search does not depend on the currency.
    unit = float(excesses.mean())
    shape, _, scale = (float(found) for found in genpareto.fit(excesses / unit, floc=0.0))
    scale *= unit
    regular = shape > -0.5
    expected = genpareto.ppf((np.arange(1, count + 1) - 0.5) / count, shape, scale=scale)
    return Tail(
        threshold=threshold,
        losses=len(values),
        excesses=count,
        shape=shape,
        scale=scale,
        shape_error=(1.0 + shape) / math.sqrt(count) if regular else None,
        scale_error=scale * math.sqrt(2.0 * (1.0 + shape) / count) if regular else None,
        quantile_correlation=float(np.corrcoef(excesses, expected)[0, 1]),
    )


def mean_excess(losses: Floats, thresholds: Floats) -> Floats:
    """Mean of what exceeds each threshold, NaN where nothing does. If it rises, the tail is heavy."""
    values = _finite(losses)
    return np.array([(values[values > u] - u).mean() if (values > u).any() else math.nan for u in thresholds])


def _finite(losses: Floats) -> Floats:
    values = np.asarray(losses, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        wrong = int((~np.isfinite(values)).sum())
        message = f"Losses of shape {values.shape} with {wrong} not finite have no tail."
        raise DataError(message, "Hand over one finite series.")
    return values
