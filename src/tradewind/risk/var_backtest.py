"""Whether a value at risk was right: coverage, independence and the traffic light.

Sources: Kupiec (1995); Christoffersen (1998); Basel Committee (1996), "Supervisory framework for the use of
backtesting".
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tradewind.core.errors import DataError


class LikelihoodTest(NamedTuple):
    """A likelihood ratio, its chi-squared p-value, and the degrees of freedom."""

    statistic: float
    p_value: float
    degrees: int


def kupiec(exceptions: int, days: int, level: float) -> LikelihoodTest:
    """Proportion of failures: are there as many exceptions as the level promises?"""
    if not 0 <= exceptions <= days or days < 1 or not 0.5 < level < 1.0:
        message = f"{exceptions} exceptions in {days} days at level {level} cannot be tested."
        raise DataError(message, "Use 0 <= exceptions <= days and a level such as 0.99.")
    expected = 1.0 - level
    likely = _log_likelihood(exceptions, days, expected)
    best = _log_likelihood(exceptions, days, exceptions / days)
    return _chi_squared(-2.0 * (likely - best), 1)


def christoffersen_independence(hits: Sequence[bool]) -> LikelihoodTest:
    """Does an exception today make one tomorrow likelier? ``hits`` by day, oldest first, two at least."""
    if len(hits) < 2:
        message = f"{len(hits)} days show no succession."
        raise DataError(message, "Hand over at least two days.")
    counts = [[0, 0], [0, 0]]
    for before, after in pairwise(hits):
        counts[bool(before)][bool(after)] += 1
    quiet, hit = sum(counts[0]), sum(counts[1])
    overall = (counts[0][1] + counts[1][1]) / (quiet + hit)
    together = _log_likelihood(counts[0][1] + counts[1][1], quiet + hit, overall)
    apart = sum(_log_likelihood(row[1], sum(row), row[1] / sum(row)) for row in counts if sum(row))
    return _chi_squared(-2.0 * (together - apart), 1)


def christoffersen(hits: Sequence[bool], level: float) -> LikelihoodTest:
    """Conditional coverage: the right number of exceptions, and not in clusters."""
    coverage = kupiec(sum(map(bool, hits)), len(hits), level)
    independence = christoffersen_independence(hits)
    return _chi_squared(coverage.statistic + independence.statistic, 2)


def traffic_light(exceptions: int, days: int = 250, level: float = 0.99) -> str:
    """``green``, ``yellow``, ``red``: the binomial probability of at most so many, cut at 95 and 99.99 %."""
    if not 0 <= exceptions <= days:
        message = f"{exceptions} exceptions in {days} days make no light."
        raise DataError(message, "Use 0 <= exceptions <= days.")
    p = 1.0 - level
    reached = math.fsum(math.comb(days, k) * p**k * level ** (days - k) for k in range(exceptions + 1))
    if reached < 0.95:
        return "green"
    return "yellow" if reached < 0.9999 else "red"


def _log_likelihood(successes: int, trials: int, p: float) -> float:
    """Of a binomial share, with 0 log 0 = 0."""
    found = 0.0
    if successes:
        found += successes * math.log(p)
    if trials - successes:
        found += (trials - successes) * math.log1p(-p)
    return found


def _chi_squared(statistic: float, degrees: int) -> LikelihoodTest:
    """The upper tail; exact forms for one and two degrees of freedom."""
    value = max(statistic, 0.0)
    p_value = math.erfc(math.sqrt(value / 2.0)) if degrees == 1 else math.exp(-value / 2.0)
    return LikelihoodTest(value, p_value, degrees)
