"""Combinatorial purged cross-validation: many test paths from one history, for choosing between models.

The times are cut into ``groups`` consecutive groups, and every choice of ``tested`` of them is one split.
Each group is then tested in several splits, so that the tests make up several whole paths through history
instead of one. Training rows whose label reaches into a tested group, and rows that start within its labels
or the embargo after it, are purged. Source: M. Lopez de Prado (2018), chapter 12.

Training uses rows after the tested ones: this compares models, and is no evidence of a tradable edge. That is
the walk-forward's part.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.panel import Bools, Ints, Samples
from tradewind.validation.spans import parse_span, shifted
from tradewind.validation.splits import Fold, known_labels


@dataclass(frozen=True)
class CombinatorialPlan:
    """``groups`` of equal length in time, ``tested`` of them held out at once; a gap of ``embargo`` after."""

    groups: int = 6
    tested: int = 2
    embargo: str = "5d"

    def __post_init__(self) -> None:
        parse_span(self.embargo)
        if not 1 <= self.tested < self.groups:
            message = f"{self.tested} of {self.groups} groups cannot be tested."
            raise ConfigError(message, "Test at least one group and fewer than all.")

    @property
    def paths(self) -> int:
        """How many whole paths the splits make up: C(groups - 1, tested - 1)."""
        return comb(self.groups - 1, self.tested - 1)


def combinatorial_folds(samples: Samples, plan: CombinatorialPlan) -> list[Fold]:
    """One fold for every choice of tested groups, in lexicographic order; none has a validation slice."""
    group = row_groups(samples, plan)
    times = np.unique(samples.ts_event)
    known = known_labels(samples)
    embargo = parse_span(plan.embargo)
    folds = []
    for index, tested in enumerate(combinations(range(plan.groups), plan.tested)):
        train = known & ~np.isin(group, tested)
        for held in tested:
            rows = group == held
            start = int(samples.ts_event[rows].min())
            ends = np.where(known[rows], samples.label_end[rows], samples.ts_event[rows])
            free_from = shifted(int(ends.max()), embargo, times)
            reaches_in = (samples.ts_event < start) & (samples.label_end > start)
            too_close = (samples.ts_event >= start) & (samples.ts_event < free_from)
            train &= ~(reaches_in | too_close)
        test = np.flatnonzero(np.isin(group, tested))
        if not train.any():
            message = f"Purging leaves no training rows when groups {tested} are tested."
            raise DataError(message, "Use fewer groups, a shorter embargo or more history.")
        folds.append(
            Fold(index, np.flatnonzero(train), np.zeros(0, np.int64), test, int(samples.ts_event[test[0]]))
        )
    return folds


def row_groups(samples: Samples, plan: CombinatorialPlan) -> Ints:
    """Group number of each row, int64 (R,): groups hold equally many distinct times."""
    times, inverse = np.unique(samples.ts_event, return_inverse=True)
    if len(times) < 2 * plan.groups:
        message = f"{len(times)} distinct times cannot be cut into {plan.groups} groups."
        raise DataError(message, "Load more history or use fewer groups.")
    of_time: Ints = np.arange(len(times)) * plan.groups // len(times)
    numbers: Ints = of_time[inverse].astype(np.int64)
    return numbers


def path_of_split(plan: CombinatorialPlan) -> Ints:
    """Path that each split's test of each group belongs to, int64 (splits, groups); -1 where not tested."""
    splits = list(combinations(range(plan.groups), plan.tested))
    path: Ints = np.full((len(splits), plan.groups), -1, dtype=np.int64)
    seen = np.zeros(plan.groups, dtype=np.int64)
    for row, tested in enumerate(splits):
        for group in tested:
            path[row, group] = seen[group]
            seen[group] += 1
    return path


def path_rows(samples: Samples, plan: CombinatorialPlan, folds: list[Fold], path: int) -> list[Bools]:
    """For each fold, which of its test rows lie on ``path``."""
    group = row_groups(samples, plan)
    table = path_of_split(plan)
    return [table[fold.index, group[fold.test]] == path for fold in folds]
