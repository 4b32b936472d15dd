"""From a learner's score to a probability: Platt scaling, shrunk by what the slice can support.

Platt, "Probabilistic outputs for support vector machines" (1999): p = sigmoid(slope * score + level) is
fitted on held-out rows. Here the slope is then shrunk, and never falls under zero: a score that ranks
backwards on held-out rows says nothing. The level is set so that the mean probability is the base rate.

Shrinkage is the posterior mean under a normal prior around zero, whose variance is that of the estimate
itself but at most ``ceiling`` squared: slope * v / (v + error^2), v = min(slope, ceiling)^2. A slope one
standard error from zero keeps half of itself, and a short slice cannot talk the model into a signal that
markets do not have.
"""

import msgspec
import numpy as np

from tradewind.core.panel import Floats, Ints

CEILING = 0.25
"""Log-odds per deviation of the score; an information coefficient of 0.15. Published ones are under 0.1."""
_STEPS = 50
_TINY = 1e-12


class Platt(msgspec.Struct, frozen=True, kw_only=True):
    """``slope`` (shrunk, >= 0) and ``level``; ``raw_slope`` and ``t_statistic`` as estimated."""

    slope: float
    level: float
    raw_slope: float
    t_statistic: float


def fit_platt(score: Floats, up: Floats, weight: Floats, t: Ints, horizon: int, base_rate: float) -> Platt:
    """Learn from held-out rows: ``score`` (R,) log-odds, ``up`` 0 or 1, ``t`` time index, all aligned.

    ``horizon`` is how many times a label spans; ``base_rate`` in (0, 1) is what the calibrated probabilities
    average to on these rows.
    """
    raw_slope, intercept = _logistic_line(score, up, weight)
    probability = sigmoid(raw_slope * score + intercept)
    spread = weight * probability * (1.0 - probability)
    total = float(spread.sum())
    centred = score - (float(spread @ score) / total if total > _TINY else 0.0)
    information = float(spread @ (centred * centred))
    variance = slope_variance(weight * (up - probability) * centred, t, horizon, information)
    t_statistic = raw_slope / variance**0.5 if variance > _TINY else 0.0
    deviation = (information / total) ** 0.5 if total > _TINY else 0.0
    kept = shrinkage(raw_slope * deviation, variance**0.5 * deviation, CEILING)
    slope = max(raw_slope, 0.0) * kept
    return Platt(
        slope=slope,
        level=_level(slope * score, weight, base_rate),
        raw_slope=raw_slope,
        t_statistic=t_statistic,
    )


def calibrated(score: Floats, platt: Platt) -> Floats:
    """Probability of an up move, (R,), NaN where the score is NaN."""
    return sigmoid(platt.slope * score + platt.level)


def shrinkage(slope: float, error: float, ceiling: float) -> float:
    """Share of a slope that is kept, in [0, 1]; all three per deviation of what the slope is on."""
    prior = min(abs(slope), ceiling) ** 2
    return prior / (prior + error * error) if prior > 0.0 else 0.0


def slope_variance(gradient: Floats, t: Ints, horizon: int, information: float) -> float:
    """Sandwich variance of a slope: gradients (R,) added up by time, then Newey-West over neighbouring times.

    Rows of one moment share the market's move, and labels over several bars overlap, so treating rows as
    independent would overstate what they say. Newey and West (1987), Bartlett weights over twice the
    overlap, ``2 (horizon - 1)``, so that the overlap itself keeps at least half its weight.
    """
    if information <= _TINY or len(t) == 0:
        return 0.0
    by_time = np.bincount(t - t.min(), weights=gradient)
    meat = float(by_time @ by_time)
    lags = 2 * (horizon - 1)
    for lag in range(1, min(lags, len(by_time) - 1) + 1):
        meat += 2.0 * (1.0 - lag / (lags + 1.0)) * float(by_time[lag:] @ by_time[:-lag])
    return max(meat, _TINY) / information**2


def sigmoid(value: Floats) -> Floats:
    """1 / (1 + exp(-x)) without overflow."""
    small = np.exp(-np.abs(value))
    result: Floats = np.where(value >= 0.0, 1.0 / (1.0 + small), small / (1.0 + small))
    return result


def log_odds(probability: Floats, floor: float = 1e-6) -> Floats:
    """log(p / (1 - p)), with p held ``floor`` away from 0 and 1."""
    held = np.clip(probability, floor, 1.0 - floor)
    result: Floats = np.log(held / (1.0 - held))
    return result


def _logistic_line(score: Floats, up: Floats, weight: Floats) -> tuple[float, float]:
    """Slope and intercept by Newton steps, towards Platt's smoothed targets, so that it always converges."""
    ups, downs = float(weight @ up), float(weight @ (1.0 - up))
    target = np.where(up > 0.5, (ups + 1.0) / (ups + 2.0), 1.0 / (downs + 2.0))
    slope, intercept = 0.0, float(np.log((ups + 1.0) / (downs + 1.0)))
    scale = float(np.abs(score).max(initial=0.0)) or 1.0
    x = score / scale
    loss = _cross_entropy(intercept + slope * x, target, weight)
    for _ in range(_STEPS):
        p = sigmoid(slope * x + intercept)
        miss, bend = weight * (target - p), weight * p * (1.0 - p) + _TINY
        a, b, c = float(bend @ (x * x)) + 1e-9, float(bend @ x), float(bend.sum())
        gx, g1 = float(miss @ x), float(miss.sum())
        determinant = a * c - b * b
        if determinant <= _TINY * max(a * c, _TINY):
            break
        step = (c * gx - b * g1) / determinant, (a * g1 - b * gx) / determinant
        length = 1.0
        while length > 1e-4:
            tried = slope + length * step[0], intercept + length * step[1]
            new_loss = _cross_entropy(tried[1] + tried[0] * x, target, weight)
            if new_loss <= loss:
                break
            length /= 2.0
        else:
            break
        (slope, intercept), change, loss = tried, loss - new_loss, new_loss
        if change < 1e-12 * max(loss, 1.0):
            break
    return slope / scale, intercept


def _cross_entropy(odds: Floats, target: Floats, weight: Floats) -> float:
    return float(weight @ (np.logaddexp(0.0, odds) - target * odds))


def _level(odds: Floats, weight: Floats, base_rate: float) -> float:
    """The level at which ``sigmoid(odds + level)`` averages to ``base_rate``, by bisection."""
    centre = float(np.log(base_rate / (1.0 - base_rate)))
    low, high = centre - float(odds.max(initial=0.0)), centre - float(odds.min(initial=0.0))
    for _ in range(100):
        middle = 0.5 * (low + high)
        if float(weight @ sigmoid(odds + middle)) < base_rate * float(weight.sum()):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
