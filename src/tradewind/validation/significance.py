"""Is a difference more than luck? Tests between forecasts, against chance, and over many models at once."""

from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Bools, Floats
from tradewind.validation.bootstrap import default_block, drawn_sums, stationary_blocks


@dataclass(frozen=True)
class Significance:
    """A statistic, larger is better for the candidate, and its one-sided p-value."""

    statistic: float
    p_value: float


@dataclass(frozen=True)
class DataSnooping:
    """p-values that the best of many models does not beat the benchmark.

    ``reality_check`` is White's; ``spa_*`` are Hansen's, of which the consistent one is the one to use and
    the other two bound it.
    """

    reality_check: float
    spa_lower: float
    spa_consistent: float
    spa_upper: float


def diebold_mariano(losses: Floats, benchmark_losses: Floats, horizon_periods: int = 1) -> Significance:
    """Whether ``losses`` (T,) are lower than those of the benchmark on the same moments.

    With the small-sample correction of Harvey, Leybourne and Newbold (1997) and Student's t. The long-run
    variance takes ``horizon_periods - 1`` autocovariances with equal weight; where that is not positive,
    Bartlett weights, which always are. For a panel give the mean loss of each moment. Source: Diebold and
    Mariano, Comparing Predictive Accuracy, JBES 13 (1995).
    """
    from scipy.stats import t as student

    difference = benchmark_losses - losses
    n = len(difference)
    if n <= horizon_periods or not np.isfinite(difference).all():
        message = f"{n} loss differences, or some that are not finite, cannot be compared."
        raise DataError(message, "Give finite losses over more moments than the horizon has bars.")
    centred = difference - difference.mean()
    lags = [float(centred[k:] @ centred[: n - k]) / n for k in range(horizon_periods)]
    variance = lags[0] + 2.0 * sum(lags[1:])
    if variance <= 0.0:
        variance = lags[0] + 2.0 * sum((1 - k / horizon_periods) * lags[k] for k in range(1, horizon_periods))
    if variance <= 0.0:
        return Significance(0.0, 0.5 if difference.mean() == 0.0 else float(difference.mean() < 0.0))
    correction = (n + 1 - 2 * horizon_periods + horizon_periods * (horizon_periods - 1) / n) / n
    statistic = float(difference.mean() / np.sqrt(variance / n) * np.sqrt(correction))
    return Significance(statistic, float(student.sf(statistic, n - 1)))


def permutation_test(positions: Floats, earned: Floats, least_shift: int = 5) -> Significance:
    """Whether positions (D, N) meet the returns (D, N) better than the same positions at other times.

    Every circular shift of at least ``least_shift`` days is one permutation: it keeps how positions and
    returns persist and hang together across instruments. All shifts come from one Fourier product, so the
    test is exact over them and needs no seed. The statistic is the mean gross return of a day.
    """
    days = len(positions)
    if positions.shape != earned.shape or days < 4 * least_shift:
        message = f"Positions {positions.shape} and returns {earned.shape} cannot be permuted."
        raise DataError(message, f"They must be alike and at least {4 * least_shift} days long.")
    spectrum = np.conj(np.fft.rfft(positions, axis=0)) * np.fft.rfft(earned, axis=0)
    by_shift = np.fft.irfft(spectrum.sum(axis=1), n=days) / days
    others = by_shift[least_shift : days - least_shift + 1]
    beyond = int((others >= by_shift[0] - 1e-15).sum())
    return Significance(float(by_shift[0]), (1 + beyond) / (1 + len(others)))


def data_snooping(
    excess: Floats, *, draws: int = 2_000, seed: int = 0, mean_block: float | None = None
) -> DataSnooping:
    """White's reality check and Hansen's test of superior predictive ability.

    ``excess`` (T, M): how much better each model did than the benchmark in each period (returns less the
    benchmark's, or the benchmark's loss less the model's). Sources: White, Econometrica 68 (2000); Hansen,
    JBES 23 (2005), with his stationary-bootstrap variance.
    """
    n = len(excess)
    if n < 10 or not np.isfinite(excess).all():
        message = f"{n} periods, or values that are not finite, cannot be tested."
        raise DataError(message, "Give at least 10 finite periods.")
    block = float(default_block(n)) if mean_block is None else mean_block
    mean = excess.mean(axis=0)
    drawn = drawn_sums(excess, stationary_blocks(n, block, draws, seed)) / n
    root = np.sqrt(n)
    check = float((root * (drawn - mean).max(axis=1) >= root * mean.max()).mean())
    spread = np.sqrt(np.maximum(_long_run_variance(excess - mean, 1.0 / block), 1e-300))
    statistic = max(0.0, float((root * mean / spread).max()))
    # Models that are clearly worse than the benchmark do not belong to the null; this is where they are cut.
    poor = mean < -np.sqrt(2.0 * np.log(np.log(n))) * spread / root
    centres = (np.maximum(mean, 0.0), np.where(poor, 0.0, mean), mean)
    lower, consistent, upper = (
        float((np.maximum((root * (drawn - centre) / spread).max(axis=1), 0.0) >= statistic).mean())
        for centre in centres
    )
    return DataSnooping(check, lower, consistent, upper)


def false_discoveries(p_values: Floats, rate: float = 0.05) -> Bools:
    """Which hypotheses Benjamini and Hochberg (1995) reject at a false-discovery rate of ``rate``, (M,)."""
    order = np.argsort(p_values)
    passed = p_values[order] <= rate * np.arange(1, len(p_values) + 1) / len(p_values)
    count = int(np.flatnonzero(passed)[-1]) + 1 if passed.any() else 0
    rejected: Bools = np.zeros(len(p_values), dtype=bool)
    rejected[order[:count]] = True
    return rejected


def _long_run_variance(centred: Floats, restart: float) -> Floats:
    """Variance of sqrt(n) times the mean under the stationary bootstrap, (M,)."""
    n = len(centred)
    variance: Floats = (centred * centred).mean(axis=0)
    lag = np.arange(1, n)
    weights = (1 - lag / n) * (1 - restart) ** lag + lag / n * (1 - restart) ** (n - lag)
    for k in lag[weights > 1e-12]:
        variance = variance + 2.0 * weights[k - 1] * (centred[k:] * centred[: n - k]).sum(axis=0) / n
    return variance
