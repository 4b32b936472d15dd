"""How good forecasts are before costs: direction, probability and rank.

An *up* label is a return above zero. Figures are functions of sums over moments, so that a block bootstrap
over moments (all instruments of a moment stay together) gives their intervals at little cost. Rows with a NaN
forecast or label are left out; with no rows left every figure is NaN.

Names: ``rows, base_rate, accuracy, balanced_accuracy, precision, recall, auc, log_loss, brier, ece, ic,
rank_ic, icir``. ``base_rate`` is the share of the more frequent direction: what always saying it would score.
``ece`` is the expected calibration error over ten bins of equal mass. ``ic`` is the correlation of expected
and realised return over all rows, ``rank_ic`` Spearman's, and ``icir`` the mean over the standard deviation
of the rank correlation by period (the test slice of each fold).
"""

from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import Floats, Ints
from tradewind.validation.bootstrap import (
    Measured,
    default_block,
    drawn_sums,
    measured,
    stationary_blocks,
)

CALIBRATION_BINS = 10
_AUC_BINS = 50
_CLIP = 1e-6
_BASIC = 17


@dataclass(frozen=True)
class ForecastRows:
    """What is judged; arrays (R,). ``moment`` and ``period`` are labels that group rows (time, fold)."""

    probability_up: Floats
    expected_return: Floats
    realised_return: Floats
    moment: Ints
    period: Ints

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, name)) for name in self.__dataclass_fields__}
        if len(lengths) != 1:
            message = f"The columns of the forecasts have different lengths: {sorted(lengths)}."
            raise DataError(message, "Align them row by row.")

    def known(self) -> "ForecastRows":
        """The rows where forecast and label are both known."""
        keep = np.isfinite(self.probability_up) & np.isfinite(self.expected_return)
        keep &= np.isfinite(self.realised_return)
        return ForecastRows(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


def forecast_metrics(rows: ForecastRows) -> dict[str, float]:
    """All figures of this module, by name."""
    known = rows.known()
    figures = {name: float(value) for name, value in _from_sums(_table(known)[0]).items()}
    figures["auc"] = auc(known.probability_up, known.realised_return > 0)
    periodic = period_rank_ic(known)
    figures["icir"] = _ratio(periodic)
    return figures


def forecast_intervals(
    rows: ForecastRows,
    *,
    draws: int = 2_000,
    seed: int = 0,
    confidence: float = 0.95,
    horizon_periods: int = 1,
) -> dict[str, Measured]:
    """All figures with their block-bootstrap intervals."""
    known = rows.known()
    points = forecast_metrics(rows)
    if len(known.moment) == 0:
        return {name: Measured(value, np.nan, np.nan, confidence) for name, value in points.items()}
    moments, inverse = np.unique(known.moment, return_inverse=True)
    table = _table(known, inverse, len(moments))
    blocks = stationary_blocks(len(moments), default_block(len(moments), horizon_periods), draws, seed)
    sums = drawn_sums(table, blocks)
    resampled = _from_sums(sums)
    # The binned area differs a little from the exact one; the interval is moved to the exact figure.
    resampled["auc"] += points["auc"] - float(_from_sums(table.sum(axis=0))["auc"])
    figures = {name: measured(points[name], values, confidence) for name, values in resampled.items()}
    figures["rows"] = Measured(points["rows"], points["rows"], points["rows"], confidence)
    figures["icir"] = measured(points["icir"], _icir_draws(period_rank_ic(known), draws, seed), confidence)
    return figures


def period_rank_ic(rows: ForecastRows) -> Floats:
    """Spearman correlation of expected and realised return in each period, oldest first; NaN where flat."""
    values = []
    for period in np.unique(rows.period):
        inside = rows.period == period
        x, y = _ranks(rows.expected_return[inside]), _ranks(rows.realised_return[inside])
        values.append(float(_correlation(*_moments(x, y).sum(axis=0))))
    return np.array(values)


def auc(probability_up: Floats, up: np.typing.NDArray[np.bool_]) -> float:
    """Area under the ROC curve, ties counted half; NaN where one class is missing."""
    positives = int(up.sum())
    negatives = len(up) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    rank_sum = float(_ranks(probability_up)[up].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def row_losses(probability_up: Floats, up: np.typing.NDArray[np.bool_]) -> Floats:
    """Log loss of each row, in nats; probabilities are kept a millionth away from 0 and 1."""
    p = np.clip(probability_up, _CLIP, 1.0 - _CLIP)
    losses: Floats = -np.where(up, np.log(p), np.log1p(-p))
    return losses


def calibration_bins(rows: ForecastRows) -> tuple[Floats, Floats, Floats]:
    """Reliability curve over bins of equal mass: rows, mean probability, share of up labels, each (bins,)."""
    known = rows.known()
    sums = _table(known)[0]
    count, stated, happened = _calibration_parts(sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        return count, stated / count, happened / count


# Sums ----------------------------------------------------------------------------------------


def _table(rows: ForecastRows, group: Ints | None = None, groups: int = 1) -> Floats:
    """Sums over the rows of each group (all rows without one), (groups, C), which determine every figure."""
    p, realised = rows.probability_up, rows.realised_return
    group = np.zeros(len(p), dtype=np.int64) if group is None else group
    up = realised > 0
    says_up = p > 0.5
    basic = [np.ones(len(p)), up, says_up, up & says_up, up == says_up, row_losses(p, up), np.square(p - up)]
    basic += list(_moments(rows.expected_return, realised)[:, 1:].T)
    basic += list(_moments(_ranks(rows.expected_return), _ranks(realised))[:, 1:].T)
    table = [np.bincount(group, values, groups)[:, None] for values in basic]
    for bins, columns in ((CALIBRATION_BINS, (np.ones(len(p)), p, up)), (_AUC_BINS, (up, ~up))):
        cell = group * bins + _equal_mass(p, bins)
        table += [np.bincount(cell, values, groups * bins).reshape(groups, bins) for values in columns]
    return np.concatenate(table, axis=1)


def _from_sums(sums: Floats) -> dict[str, Floats]:
    """Figures from sums (..., C); every value has the leading shape."""
    n, up, says, both, right, losses, squares = (sums[..., c] for c in range(7))
    with np.errstate(invalid="ignore", divide="ignore"):
        figures: dict[str, Floats] = {
            "rows": n,
            "base_rate": np.maximum(up, n - up) / n,
            "accuracy": right / n,
            "precision": both / says,
            "recall": both / up,
            "log_loss": losses / n,
            "brier": squares / n,
        }
        # Right on down labels: all right answers less those on up labels.
        figures["balanced_accuracy"] = (both / up + (right - both) / (n - up)) / 2
        _, stated, happened = _calibration_parts(sums)
        figures["ece"] = np.abs(stated - happened).sum(axis=-1) / n
        figures["ic"] = _correlation(n, *(sums[..., c] for c in range(7, 12)))
        figures["rank_ic"] = _correlation(n, *(sums[..., c] for c in range(12, 17)))
        positive = sums[..., -2 * _AUC_BINS : -_AUC_BINS]
        negative = sums[..., -_AUC_BINS:]
        below = np.cumsum(negative, axis=-1) - negative / 2
        figures["auc"] = (positive * below).sum(axis=-1) / (up * (n - up))
    return figures


def _calibration_parts(sums: Floats) -> tuple[Floats, Floats, Floats]:
    first, second, third = (_BASIC + CALIBRATION_BINS * k for k in range(3))
    last = third + CALIBRATION_BINS
    return sums[..., first:second], sums[..., second:third], sums[..., third:last]


def _moments(x: Floats, y: Floats) -> Floats:
    # Centred first: sums of squares of far-off values would lose their digits.
    x, y = x - (x.mean() if len(x) else 0.0), y - (y.mean() if len(y) else 0.0)
    return np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y])


def _correlation(n: Floats, x: Floats, y: Floats, xx: Floats, yy: Floats, xy: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        spread_x, spread_y = xx - x * x / n, yy - y * y / n
        # What is left of a constant column after subtraction is rounding, not spread.
        flat = (spread_x <= 1e-12 * xx) | (spread_y <= 1e-12 * yy)
        value: Floats = np.where(flat, np.nan, (xy - x * y / n) / np.sqrt(spread_x * spread_y))
    return value


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, ties shared."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean_rank: Floats = (last - (counts - 1) / 2)[inverse]
    return mean_rank


def _equal_mass(p: Floats, bins: int) -> Ints:
    """Bin of each row; equal values share a bin."""
    if len(p) == 0:
        return np.zeros(0, dtype=np.int64)
    number: Ints = np.ceil(_ranks(p) * bins / len(p)).astype(np.int64) - 1
    return np.clip(number, 0, bins - 1)


def _icir_draws(periodic: Floats, draws: int, seed: int) -> Floats:
    finite = periodic[np.isfinite(periodic)]
    if len(finite) < 3:
        return np.full(draws, np.nan)
    chosen = finite[np.random.default_rng(seed).integers(0, len(finite), (draws, len(finite)))]
    spread = chosen.std(axis=1, ddof=1)
    ratios: Floats = np.divide(chosen.mean(axis=1), spread, out=np.full(draws, np.nan), where=spread > 0)
    return ratios


def _ratio(periodic: Floats) -> float:
    finite = periodic[np.isfinite(periodic)]
    if len(finite) < 2 or finite.std(ddof=1) == 0:
        return float("nan")
    return float(finite.mean() / finite.std(ddof=1))
