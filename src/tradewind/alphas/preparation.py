"""Choosing, imputing, clipping and scaling columns: learnt from training rows alone, applied forward."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from tradewind.alphas.rows import column_index, finite_share
from tradewind.core.errors import ModelError
from tradewind.core.panel import Bools, Floats, Ints, Samples

CLIP_SHARE = 0.005
"""Values past the 0.5 % and 99.5 % quantiles of the training rows are clipped to them before scaling."""
LEAST_FINITE = 0.5
"""A column that is missing in more than half of the training rows is left out."""


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt of the columns ``names``; ``left_out`` gives the reason for each other."""

    names: tuple[str, ...]
    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    left_out: dict[str, str]


def fit_preparation(samples: Samples, wanted: Sequence[str] | None, model: str) -> Preparation:
    """Learn from the rows; ``wanted`` None takes every column, and wanted columns that are absent are said.

    Raises
    ------
    ModelError
        No column is left.
    """
    present = [name for name in (samples.names if wanted is None else wanted) if name in samples.names]
    left_out = {name: "absent" for name in (wanted or ()) if name not in samples.names}
    values = samples.features()[:, column_index(samples.names, present, model)]
    finite = np.isfinite(values)
    kept: list[int] = []
    statistics: list[tuple[float, float, float, float, float]] = []
    for k, name in enumerate(present):
        seen = values[finite[:, k], k]
        if len(seen) < LEAST_FINITE * len(values) or len(seen) == 0:
            left_out[name] = f"missing in {100.0 * (1.0 - finite[:, k].mean()):.0f} % of the training rows"
        elif seen.min() == seen.max():
            left_out[name] = "constant in the training rows"
        else:
            kept.append(k)
            statistics.append(_statistics(values[:, k], seen))
    if not kept:
        message = f"The model {model!r} has no usable factor among {len(present)} in {len(values)} rows."
        raise ModelError(message, "Give it a longer history, or other factors.")
    median, low, high, centre, scale = zip(*statistics, strict=True)
    return Preparation(
        names=tuple(present[k] for k in kept),
        median=median,
        low=low,
        high=high,
        centre=centre,
        scale=scale,
        left_out=left_out,
    )


def _statistics(column: Floats, seen: Floats) -> tuple[float, float, float, float, float]:
    median = float(np.median(seen))
    low, high = (float(q) for q in np.quantile(seen, [CLIP_SHARE, 1.0 - CLIP_SHARE]))
    filled = np.clip(np.where(np.isfinite(column), column, median), low, high)
    scale = float(filled.std())
    # A column whose tails alone vary is clipped to a constant: a unit scale then leaves it at zero.
    return median, low, high, float(filled.mean()), scale if scale > 0.0 else 1.0


def imputed(values: Floats, preparation: Preparation) -> Floats:
    """Missing values replaced by the training median of their column (last axis)."""
    filled: Floats = np.where(np.isfinite(values), values, np.array(preparation.median))
    return filled


def scaled(values: Floats, preparation: Preparation) -> Floats:
    """Imputed, clipped, and brought to mean 0 and deviation 1 of the training rows (last axis)."""
    clipped = np.clip(imputed(values, preparation), np.array(preparation.low), np.array(preparation.high))
    result: Floats = (clipped - np.array(preparation.centre)) / np.array(preparation.scale)
    return result


@dataclass(frozen=True)
class Windows:
    """Scaled factor histories of rows, cut when asked for: ``cube`` (T, N, K) float32 is shared."""

    cube: NDArray[np.float32]
    blank: NDArray[np.float32]
    t: Ints
    i: Ints
    lookback: int

    def __len__(self) -> int:
        return len(self.t)

    def cut(self, rows: Ints | slice) -> NDArray[np.float32]:
        """The histories of the chosen rows, oldest time first, (R, lookback, K).

        Times before the first are as if all their values were missing.
        """
        index = self.t[rows][:, None] + np.arange(-self.lookback + 1, 1)[None, :]
        taken: NDArray[np.float32] = self.cube[np.maximum(index, 0), self.i[rows][:, None]]
        taken[index < 0] = self.blank
        return taken


@dataclass(frozen=True)
class Rows:
    """Rows as a learner sees them: the columns of ``preparation`` alone."""

    samples: Samples
    preparation: Preparation
    model: str

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def columns(self) -> Ints:
        """Where the columns stand in the samples; ModelError when one is missing."""
        return column_index(self.samples.names, self.preparation.names, self.model)

    def raw(self) -> Floats:
        """(R, K) as they are, NaN where missing."""
        values: Floats = self.samples.cube[
            self.samples.t[:, None], self.samples.i[:, None], self.columns[None, :]
        ]
        return np.where(np.isfinite(values), values, np.nan)

    def imputed(self) -> Floats:
        """(R, K) without missing values."""
        return imputed(self.raw(), self.preparation)

    def scaled(self) -> Floats:
        """(R, K) imputed and scaled."""
        return scaled(self.raw(), self.preparation)

    def windows(self, lookback: int) -> Windows:
        """Scaled histories. Only the span of times that the rows reach back to is prepared."""
        first = max(int(self.samples.t.min()) - lookback + 1, 0) if len(self) else 0
        last = int(self.samples.t.max()) + 1 if len(self) else 0
        span = self.samples.cube[first:last][:, :, self.columns]
        cube = scaled(span, self.preparation).astype(np.float32)
        nothing = np.full(len(self.preparation.names), np.nan)
        blank = scaled(nothing, self.preparation).astype(np.float32)
        return Windows(cube, blank, self.samples.t - first, self.samples.i, lookback)

    def judged(self, lookback: int, least: float) -> Bools:
        """Which rows have at least ``least`` of their window's values."""
        return finite_share(self.samples, self.columns, lookback) >= least

    def take(self, chosen: Bools | Ints) -> "Rows":
        """The chosen rows."""
        return Rows(self.samples.take(chosen), self.preparation, self.model)
