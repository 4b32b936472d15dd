"""Does a whole pipeline use the future? Three checks that need nothing but to run it.

* **shuffled labels** must destroy the edge: with labels from other moments there is nothing to learn, so an
  information coefficient that stays is the pipeline telling itself the answers;
* **too good**: what far exceeds published leak-free studies is a leak until proven otherwise;
* **scrambled future**: forecasts must not move when every factor after their moment is replaced.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Samples
from tradewind.core.ports import Model
from tradewind.validation.metrics import forecast_intervals
from tradewind.validation.periods import common_days
from tradewind.validation.returns import bars_per_period, horizon_in_periods
from tradewind.validation.track_record import forecast_rows
from tradewind.validation.walk_forward import PREDICTION_COLUMNS, OutOfSample

Pipeline = Callable[[Samples], OutOfSample]


@dataclass(frozen=True)
class LeakAudit:
    """``findings`` say in words what looks like a leak; none found means that these checks are passed."""

    findings: tuple[str, ...]
    figures: dict[str, float]

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def audit_pipeline(
    run: Pipeline, samples: Samples, *, seed: int, shuffles: int = 3, leak_accuracy: float = 0.58
) -> LeakAudit:
    """Run the pipeline on the samples as they are and on ``shuffles`` shuffled copies.

    The shuffled information coefficients are compared with zero by their own spread over blocks of moments:
    the mean of their z-values over ``shuffles`` runs must stay under 3 standard errors.
    """
    findings = []
    real = _measure(run(samples), samples, seed)
    if real["accuracy"] > leak_accuracy and real["accuracy_low"] > 0.55:
        findings.append(
            f"accuracy {real['accuracy']:.1%} (from {real['accuracy_low']:.1%}) is far above the 50 to 55 % "
            "of leak-free studies"
        )
    z_values, coefficients = [], []
    for number in range(shuffles):
        shuffled = shuffle_labels(samples, seed + number)
        measured = _measure(run(shuffled), shuffled, seed)
        coefficients.append(measured["ic"])
        z_values.append(measured["ic_z"])
    z = float(np.nansum(z_values) / np.sqrt(shuffles))
    if z > 3.0:
        findings.append(
            f"with shuffled labels the information coefficient is still {np.nanmean(coefficients):.3f}, "
            f"{z:.1f} standard errors above zero"
        )
    figures = {
        "accuracy": real["accuracy"],
        "ic": real["ic"],
        "shuffled_ic": float(np.nanmean(coefficients)),
        "shuffled_z": z,
    }
    return LeakAudit(tuple(findings), figures)


def shuffle_labels(samples: Samples, seed: int) -> Samples:
    """The same rows with the labels of other moments; instruments of one moment stay together.

    An instrument that lacks the other moment gets NaN, which is never learned from. What persists from bar to
    bar is destroyed as well.
    """
    moments, at = np.unique(samples.ts_event, return_inverse=True)
    table = np.full((len(moments), len(samples.instrument_ids)), np.nan)
    table[at, samples.i] = samples.label_return
    order = np.random.default_rng(seed).permutation(len(moments))
    return replace(samples, label_return=table[order][at, samples.i])


def shift_labels(samples: Samples, bars: int) -> Samples:
    """The same rows with labels from ``bars`` later (negative: earlier) rows of the same instrument.

    A trap: with ``bars=-1`` a row's label is the return that its factors have already seen. A pipeline that
    does well on it says nothing; a check must call it too good.
    """
    labels = np.full(len(samples), np.nan)
    for column in np.unique(samples.i):
        rows = np.flatnonzero(samples.i == column)
        from_row = np.arange(len(rows)) + bars
        inside = (from_row >= 0) & (from_row < len(rows))
        labels[rows[inside]] = samples.label_return[rows[from_row[inside]]]
    return replace(samples, label_return=labels)


def uses_future(model: Model, samples: Samples, *, moments: int = 3, seed: int = 0) -> str:
    """Why a fitted model is caught looking ahead, or nothing.

    At some moments every factor value after them is replaced by noise; the forecasts up to there must be the
    same to the last bit.
    """
    times = np.unique(samples.t)
    if len(times) < 2 * moments:
        message = f"{len(times)} times are too few to scramble the future at {moments} of them."
        raise DataError(message, "Give more rows.")
    rng = np.random.default_rng(seed)
    for cut in times[np.linspace(len(times) // 4, len(times) - 2, moments).astype(np.int64)]:
        rows = samples.take(samples.t <= cut)
        scrambled = samples.cube.copy()
        later = scrambled[cut + 1 :]
        later[...] = rng.standard_normal(later.shape)
        before, after = model.predict(rows), model.predict(replace(rows, cube=scrambled))
        for name in PREDICTION_COLUMNS:
            same = np.array_equal(getattr(before, name), getattr(after, name), equal_nan=True)
            if not same:
                return f"model {model.name!r} changes its {name} at time {int(cut)} when later factors change"
    return ""


def measured_coefficient(oos: OutOfSample, samples: Samples, seed: int) -> tuple[float, float]:
    """Information coefficient of forecasts, and how many standard errors (over blocks of days) above 0."""
    measured = _measure(oos, samples, seed)
    return measured["ic"], measured["ic_z"]


def _measure(oos: OutOfSample, samples: Samples, seed: int) -> dict[str, float]:
    bars = bars_per_period(samples, len(common_days(samples.ts_event, samples.i)))
    horizon = horizon_in_periods(samples.horizon_bars, bars)
    measured = forecast_intervals(
        forecast_rows(oos, samples), draws=1_000, seed=seed, horizon_periods=horizon
    )
    ic = measured["ic"]
    spread = (ic.high - ic.low) / (2 * 1.96)
    return {
        "accuracy": measured["accuracy"].value,
        "accuracy_low": measured["accuracy"].low,
        "ic": ic.value,
        "ic_z": ic.value / spread if spread > 0 else float("nan"),
    }
