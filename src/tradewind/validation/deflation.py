"""Sharpe ratios discounted for luck: probabilistic, and deflated by how much was tried.

Sources: Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier, J. of Risk 15 (2012); The Deflated
Sharpe Ratio, J. of Portfolio Management 40 (2014). All Sharpe ratios here are per period,
one day of one clock, not annualised.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats, Ints
from tradewind.validation.ledger import Trial
from tradewind.validation.performance import sharpe_ratio
from tradewind.validation.periods import utc_day

_EULER = 0.5772156649015329
_LEAST_OVERLAP = 20


@dataclass(frozen=True)
class Population:
    """What was tried: how often, how many independent ways that makes, and how far their Sharpes spread.

    ``variance`` is that of the Sharpe ratios per period between clusters other than the candidate's.
    """

    recorded: int
    effective: int
    variance: float


def probabilistic_sharpe(
    sharpe: float, periods: int, skewness: float, kurtosis: float, benchmark: float = 0.0
) -> float:
    """Probability that the true Sharpe exceeds ``benchmark``; ``kurtosis`` is 3 for a normal."""
    from scipy.stats import norm

    # Far outside the normal range the approximation of the variance can turn negative; it never helps then.
    spread = max(1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe**2, 1e-12)
    return float(norm.cdf((sharpe - benchmark) * np.sqrt(periods - 1.0) / np.sqrt(spread)))


def expected_best_sharpe(trials: int, variance: float) -> float:
    """Expected best Sharpe of ``trials`` independent tries without any skill; 0 for a single one."""
    from scipy.stats import norm

    if trials <= 1:
        return 0.0
    high = norm.ppf(1.0 - 1.0 / trials)
    higher = norm.ppf(1.0 - 1.0 / (trials * np.e))
    return float(np.sqrt(variance) * ((1.0 - _EULER) * high + _EULER * higher))


def deflated_sharpe(net: Floats, population: Population) -> float:
    """Probability that the true Sharpe of ``net`` (D,) exceeds the best that luck alone would have shown.

    The variance between trials is never taken below the sampling variance of a Sharpe without skill, 1/(D-1):
    few trials that happen to agree do not make luck any smaller. A constant series gives 0.
    """
    sharpe = float(sharpe_ratio(net))
    if not np.isfinite(sharpe):
        return 0.0
    skewness, kurtosis = shape(net)
    variance = max(population.variance, 1.0 / (len(net) - 1))
    best = expected_best_sharpe(population.effective, variance)
    return probabilistic_sharpe(sharpe, len(net), skewness, kurtosis, best)


def shape(net: Floats) -> tuple[float, float]:
    """Skewness and kurtosis (3 for a normal) of a series that varies."""
    centred = net - net.mean()
    deviation = float(np.sqrt((centred**2).mean()))
    if deviation == 0.0:
        message = f"{len(net)} equal returns have no shape."
        raise DataError(message, "Check that the strategy traded at all.")
    return float((centred**3).mean() / deviation**3), float((centred**4).mean() / deviation**4)


def trial_population(
    trials: Sequence[Trial], candidate_id: str, *, same_cluster_correlation: float = 0.5
) -> Population:
    """Effective number and spread of all recorded trials, as seen from one of them.

    Trials whose mean correlation exceeds ``same_cluster_correlation`` are one way of trying (average linkage
    on the correlation distance). A trial that was started and never judged counts as a way of its own. The
    candidate's own cluster is left out of the variance, which is to measure luck, not its skill. Trials that
    share fewer than 20 periods count as uncorrelated.
    """
    judged = [trial for trial in trials if trial.judged]
    unjudged = len(trials) - len(judged)
    if not judged:
        return Population(len(trials), max(unjudged, 1), 0.0)
    table = aligned(judged)
    cluster = clusters(correlations(table), same_cluster_correlation)
    own = [c for c, trial in zip(cluster, judged, strict=True) if trial.trial_id == candidate_id]
    sharpes = []
    for number in np.unique(cluster):
        if number in own:
            continue
        members = table[:, cluster == number]
        members = members[np.isfinite(members).any(axis=1)]
        value = float(sharpe_ratio(np.nanmean(members, axis=1)))
        if np.isfinite(value):
            sharpes.append(value)
    variance = float(np.var(sharpes, ddof=1)) if len(sharpes) > 1 else 0.0
    return Population(len(trials), len(np.unique(cluster)) + unjudged, variance)


def aligned(trials: Sequence[Trial]) -> Floats:
    """Net returns of judged trials side by side on the union of their UTC days, (D, M); NaN where absent.

    Several returns of one day (a try recorded bar by bar) are compounded into the day's.
    """
    days = np.unique(np.concatenate([utc_day(trial.ts_event) for trial in trials]))
    table = np.full((len(days), len(trials)), np.nan)
    for column, trial in enumerate(trials):
        own, starts = np.unique(utc_day(trial.ts_event), return_index=True)
        grown = np.multiply.reduceat(np.maximum(1.0 + trial.net, 0.0), starts) - 1.0
        table[np.searchsorted(days, own), column] = np.where(
            np.diff(starts, append=len(trial.net)) > 1, grown, trial.net[starts]
        )
    return table


def correlations(table: Floats) -> Floats:
    """Pairwise correlations (M, M) over the periods that two columns share; 0 where there are too few."""
    known = np.isfinite(table).astype(np.float64)
    values = np.nan_to_num(table)
    count = known.T @ known
    sums = values.T @ known
    squares = np.square(values).T @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = values.T @ values - sums * sums.T / count
        spread = squares - sums * sums / count
        matrix = covariance / np.sqrt(spread * spread.T)
    matrix[~np.isfinite(matrix) | (count < _LEAST_OVERLAP)] = 0.0
    np.fill_diagonal(matrix, 1.0)
    bounded: Floats = np.clip(matrix, -1.0, 1.0)
    return bounded


def clusters(correlation: Floats, threshold: float) -> Ints:
    """Cluster number of each column by average linkage, cut where correlation falls under ``threshold``."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(correlation) == 1:
        return np.ones(1, dtype=np.int64)
    distance = np.sqrt(np.maximum(0.5 * (1.0 - (correlation + correlation.T) / 2.0), 0.0))
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), method="average")
    numbers: Ints = fcluster(tree, np.sqrt(0.5 * (1.0 - threshold)), criterion="distance").astype(np.int64)
    return numbers
