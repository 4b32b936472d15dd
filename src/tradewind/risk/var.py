"""Value at risk and expected shortfall of a return series, by several methods.

Figures are losses as positive fractions of equity (negative when even the tail gains). ``level`` is 0.95 or
0.99. Series are simple returns, oldest first, finite, 252 days by default wherever a caller keeps them.

Sources: Jorion (2006), "Value at Risk"; Acerbi and Tasche (2002) for expected shortfall; Favre and Galeano
(2002) for Cornish-Fisher; Barone-Adesi, Giannopoulos and Vosper (1999) for filtered historical simulation.
"""

import math
from statistics import NormalDist

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats
from tradewind.kernels.var import bootstrap_returns, ewma_deviation

_NORMAL = NormalDist()
_LEAST_RETURNS = 30


def historical_var(returns: Floats, level: float) -> float:
    """The empirical quantile of losses, linear between neighbours (Hyndman and Fan's type 7)."""
    losses = -_checked(returns, level)
    return float(np.quantile(losses, level))


def expected_shortfall(returns: Floats, level: float) -> float:
    """Mean of the worst 1 - level of outcomes, the last of them counted in part: coherent on any sample."""
    losses = np.sort(-_checked(returns, level))[::-1]
    # Rounded, because (1 - 0.95) x 100 is 5.000000000000004 and would take a hair of a sixth outcome.
    tail = max(round((1.0 - level) * len(losses), 9), 1e-9)
    whole = int(tail)
    total = float(losses[:whole].sum())
    if tail > whole:
        total += (tail - whole) * float(losses[min(whole, len(losses) - 1)])
    return total / tail


def normal_var(returns: Floats, level: float) -> float:
    """Mean and deviation of the sample under a normal distribution."""
    values = _checked(returns, level)
    return float(-values.mean() + _NORMAL.inv_cdf(level) * values.std(ddof=1))


def normal_shortfall(returns: Floats, level: float) -> float:
    """Expected shortfall under a normal distribution: sigma phi(z) / (1 - level) - mu."""
    values = _checked(returns, level)
    density = _NORMAL.pdf(_NORMAL.inv_cdf(level))
    return float(-values.mean() + values.std(ddof=1) * density / (1.0 - level))


def student_var(returns: Floats, level: float, degrees: float | None = None) -> float:
    """Under a Student distribution with the sample's mean and deviation.

    Without ``degrees`` they follow from the sample's excess kurtosis k by the method of moments, 4 + 6 / k;
    a sample without fat tails is taken as normal.
    """
    from scipy.special import stdtrit

    values = _checked(returns, level)
    degrees = _degrees(values) if degrees is None else degrees
    if math.isinf(degrees):
        return normal_var(values, level)
    return float(-values.mean() + stdtrit(degrees, level) * _student_scale(values, degrees))


def student_shortfall(returns: Floats, level: float, degrees: float | None = None) -> float:
    """Expected shortfall under the distribution of ``student_var`` (McNeil, Frey and Embrechts, 2005)."""
    from scipy.special import stdtrit
    from scipy.stats import t as student

    values = _checked(returns, level)
    degrees = _degrees(values) if degrees is None else degrees
    if math.isinf(degrees):
        return normal_shortfall(values, level)
    quantile = float(stdtrit(degrees, level))
    mean_beyond = student.pdf(quantile, degrees) / (1.0 - level) * (degrees + quantile**2) / (degrees - 1.0)
    return float(-values.mean() + _student_scale(values, degrees) * mean_beyond)


def cornish_fisher_var(returns: Floats, level: float) -> float:
    """The normal quantile corrected for the sample's skew and kurtosis (fourth-order expansion)."""
    values = _checked(returns, level)
    skew, kurtosis = _moments(values)
    z = -_NORMAL.inv_cdf(level)
    adjusted = (
        z
        + (z * z - 1.0) * skew / 6.0
        + (z**3 - 3.0 * z) * kurtosis / 24.0
        - (2.0 * z**3 - 5.0 * z) * skew * skew / 36.0
    )
    return float(-(values.mean() + adjusted * values.std(ddof=1)))


def cornish_fisher_shortfall(returns: Floats, level: float) -> float:
    """Mean of the expansion beyond its quantile, in closed form (Maillard, 2012)."""
    values = _checked(returns, level)
    skew, kurtosis = _moments(values)
    z = -_NORMAL.inv_cdf(level)
    correction = (
        1.0 + z * skew / 6.0 + (z * z - 1.0) * kurtosis / 24.0 - (2.0 * z * z - 1.0) * skew * skew / 36.0
    )
    return float(-values.mean() + values.std(ddof=1) * _NORMAL.pdf(z) / (1.0 - level) * correction)


def filtered_historical_var(returns: Floats, level: float, decay: float = 0.94, first: int = 20) -> float:
    """Historical returns in units of the volatility of their own day, scaled to tomorrow's.

    The filter is RiskMetrics' exponentially weighted deviation. The first ``first`` returns only start it.
    """
    return historical_var(_filtered(_checked(returns, level), decay, first), level)


def filtered_historical_shortfall(
    returns: Floats, level: float, decay: float = 0.94, first: int = 20
) -> float:
    """Expected shortfall of the returns scaled as in ``filtered_historical_var``."""
    return expected_shortfall(_filtered(_checked(returns, level), decay, first), level)


def _filtered(values: Floats, decay: float, first: int) -> Floats:
    """Returns in units of their own day's deviation, times tomorrow's; the first ones are left out."""
    deviations = ewma_deviation(values, decay, first)
    if not deviations[first:].min() > 0.0:
        raise DataError("The returns do not move, so they cannot be scaled.", "Hand over a moving series.")
    scaled: Floats = values[first:] / deviations[first:-1] * deviations[-1]
    return scaled


def bootstrap_var(
    returns: Floats,
    weights: Floats,
    level: float,
    *,
    scenarios: int = 10_000,
    horizon: int = 1,
    seed: int = 0,
) -> tuple[float, float]:
    """``(value at risk, expected shortfall)`` by drawing dates jointly for all instruments.

    Parameters
    ----------
    returns
        Simple returns (T, N), one row a date.
    weights
        Fractions of equity (N,), signed.
    """
    table = np.ascontiguousarray(returns, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(weights):
        message = f"Returns of shape {table.shape} do not go with {len(weights)} weights."
        raise DataError(message, "Give one column of returns for each weight.")
    for column in table.T:
        _checked(column, level)
    if scenarios < _LEAST_RETURNS or horizon < 1 or seed < 0:
        message = f"{scenarios} scenarios over {horizon} days with seed {seed} cannot be drawn."
        raise DataError(message, "Use at least 30 scenarios, a day, and a seed from 0.")
    outcomes = bootstrap_returns(table, np.asarray(weights, dtype=np.float64), scenarios, horizon, seed)
    return historical_var(outcomes, level), expected_shortfall(outcomes, level)


def _checked(returns: Floats, level: float) -> Floats:
    """The series as float64; DataError when it is too short, not finite, or the level is no level."""
    values = np.asarray(returns, dtype=np.float64)
    if not 0.5 < level < 1.0:
        message = f"A level of {level} is not a level of confidence."
        raise DataError(message, "Use 0.95 or 0.99.")
    if values.ndim != 1 or len(values) < _LEAST_RETURNS:
        message = f"Value at risk cannot be taken of returns of shape {values.shape}."
        raise DataError(message, f"Hand over one series of at least {_LEAST_RETURNS} returns.")
    if not np.isfinite(values).all():
        message = f"{int((~np.isfinite(values)).sum())} of {len(values)} returns are not finite."
        raise DataError(message, "Leave out the dates on which a price is missing.")
    return values


def _degrees(values: Floats) -> float:
    """Degrees of freedom by the method of moments; infinite without fat tails."""
    kurtosis = _moments(values)[1]
    return math.inf if kurtosis <= 0.0 else 4.0 + 6.0 / kurtosis


def _student_scale(values: Floats, degrees: float) -> float:
    """Scale that gives the sample's deviation."""
    if degrees <= 2.0:
        message = f"A Student distribution with {degrees} degrees of freedom has no deviation."
        raise DataError(message, "Use more than 2.")
    return float(values.std(ddof=1)) * math.sqrt((degrees - 2.0) / degrees)


def _moments(values: Floats) -> tuple[float, float]:
    """Skew and excess kurtosis of the sample (biased, as the expansions use them)."""
    centred = values - values.mean()
    variance = float((centred**2).mean())
    if variance == 0.0:
        return 0.0, 0.0
    return float((centred**3).mean()) / variance**1.5, float((centred**4).mean()) / variance**2 - 3.0
