"""Training, validation and test rows in time order: walk-forward folds and one fixed split.

Rows go to a part by their time alone. A row whose label ends inside a later part knows something of it, so
it is purged; an embargo leaves a further gap. Source: M. Lopez de Prado, Advances in Financial Machine
Learning (2018), chapter 7.
"""

from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.panel import Bools, Ints, Samples
from tradewind.core.timestamps import iso
from tradewind.validation.spans import parse_span, shifted


@dataclass(frozen=True)
class Fold:
    """Row numbers (int64, rising) of each part; ``test_start_ns`` is when the model would go to work."""

    index: int
    train: Ints
    validation: Ints
    test: Ints
    test_start_ns: int


@dataclass(frozen=True)
class WalkForwardPlan:
    """How the windows move. Lengths as in :mod:`tradewind.validation.spans`.

    Attributes
    ----------
    train, validation, test
        Length of each part; the validation slice lies between training and test, and ``0d`` leaves it out.
    step
        How far the windows move; at least ``test``, so that no row is forecast twice.
    embargo
        Gap kept free of labels before the validation and before the test slice.
    expanding
        Training starts at the first row and grows, and ``train`` is its least length; else it rolls.
    min_train_rows
        A fold with fewer usable training rows is an error, never skipped in silence.
    """

    train: str = "3y"
    validation: str = "3mo"
    test: str = "1mo"
    step: str = "1mo"
    embargo: str = "1d"
    expanding: bool = False
    min_train_rows: int = 50

    def __post_init__(self) -> None:
        for name in ("train", "test", "step"):
            if parse_span(getattr(self, name)).count == 0:
                message = f"The plan's {name} length is {getattr(self, name)!r}."
                raise ConfigError(message, "It must be longer than nothing.")
        for name in ("validation", "embargo"):
            parse_span(getattr(self, name))


def walk_forward_folds(samples: Samples, plan: WalkForwardPlan) -> list[Fold]:
    """All folds that the rows allow, oldest first; the last test slice may be cut short by the data.

    Rows whose label is not known (NaN) are forecast where they fall into a test slice and never learned from.

    Raises
    ------
    DataError
        The rows do not cover one fold, or a fold has too few usable training rows.
    ConfigError
        ``step`` is shorter than ``test`` somewhere, so that rows would be forecast twice.
    """
    times = np.unique(samples.ts_event)
    if len(times) == 0:
        raise DataError("There are no rows to split.", "Load some history first.")
    train, validation = parse_span(plan.train), parse_span(plan.validation)
    test, step = parse_span(plan.test), parse_span(plan.step)
    first, last = int(times[0]), int(times[-1])
    origin = shifted(shifted(first, train, times), validation, times)
    folds: list[Fold] = []
    number = 0
    while (test_start := shifted(origin, step, times, number)) <= last:
        following = shifted(origin, step, times, number + 1)
        # Months differ in length: where the lengths are equal, the next start is the end, and no day is lost.
        test_end = following if test == step else shifted(test_start, test, times)
        if test_end > following:
            message = f"A step of {plan.step} is shorter than a test slice of {plan.test}."
            raise ConfigError(message, "Make the step at least as long as the test slice.")
        validation_start = shifted(test_start, validation, times, -1)
        train_start = first if plan.expanding else shifted(validation_start, train, times, -1)
        edges = (train_start, validation_start, test_start, test_end)
        # A gap in the data can leave a slice with nothing to forecast.
        if np.searchsorted(times, test_start) < np.searchsorted(times, test_end):
            folds.append(_fold(samples, len(folds), edges, plan, times))
        number += 1
    if not folds:
        message = (
            f"Rows from {iso(first)} to {iso(last)} do not hold {plan.train} of training, "
            f"{plan.validation} of validation and a test slice after it."
        )
        raise DataError(message, "Load more history, or shorten the plan.")
    return folds


def fixed_split(samples: Samples, validation_start_ns: int, test_start_ns: int, embargo: str = "1d") -> Fold:
    """One split at two moments: training before the first, test from the second on."""
    times = np.unique(samples.ts_event)
    if not validation_start_ns <= test_start_ns:
        message = f"Validation starts at {iso(validation_start_ns)}, after the test at {iso(test_start_ns)}."
        raise ConfigError(message, "Put the validation slice before the test slice.")
    plan = WalkForwardPlan(embargo=embargo)
    end = int(samples.ts_event[-1]) + 1 if len(samples) else test_start_ns
    start = int(times[0]) if len(times) else 0
    return _fold(samples, 0, (start, validation_start_ns, test_start_ns, end), plan, times)


def known_labels(samples: Samples) -> Bools:
    """Rows that may be learned from: their label is known."""
    known: Bools = np.isfinite(samples.label_return)
    return known


def _fold(
    samples: Samples, index: int, edges: tuple[int, int, int, int], plan: WalkForwardPlan, times: Ints
) -> Fold:
    train_start, validation_start, test_start, test_end = edges
    embargo = parse_span(plan.embargo)
    ts, ends, known = samples.ts_event, samples.label_end, known_labels(samples)
    before_validation = shifted(validation_start, embargo, times, -1)
    before_test = shifted(test_start, embargo, times, -1)
    train = known & (ts >= train_start) & (ts < validation_start)
    train &= ends <= min(before_validation, before_test)
    validation = known & (ts >= validation_start) & (ts < test_start) & (ends <= before_test)
    test = (ts >= test_start) & (ts < test_end)
    usable = int(train.sum())
    if usable < plan.min_train_rows:
        message = f"The fold that tests from {iso(test_start)} has {usable} usable training rows."
        raise DataError(message, f"It needs {plan.min_train_rows}: load more history or shorten the embargo.")
    return Fold(index, np.flatnonzero(train), np.flatnonzero(validation), np.flatnonzero(test), test_start)
