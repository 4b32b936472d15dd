"""The tail of what a book holds: peaks over a threshold, as the risk report shows them."""

import msgspec
import numpy as np

from tradewind.core.errors import DataError
from tradewind.risk.book_var import BookReturns
from tradewind.risk.extreme_tail import fit_tail, mean_excess

_SHARE_BEYOND = 0.10
_LEVEL = 0.99


class TailFit(msgspec.Struct, frozen=True, kw_only=True):
    """A generalised Pareto tail of the book's daily losses beyond their 90 % quantile, in percent of equity.

    ``shortfall_pct`` is None where the fitted tail has no mean; the errors are None where they do not exist.
    """

    threshold_pct: float
    excesses: int
    mean_excess_pct: float
    shape: float
    shape_error: float | None
    scale_pct: float
    scale_error_pct: float | None
    quantile_correlation: float
    level: float
    var_pct: float
    shortfall_pct: float | None


def tail_of(returns: BookReturns, notes: list[str]) -> TailFit | None:
    """The fitted tail; None, with a note that says why, where none can be fitted."""
    losses = -100.0 * (returns.table @ returns.weights)
    threshold = float(np.quantile(losses, 1.0 - _SHARE_BEYOND))
    try:
        tail = fit_tail(losses, threshold)
        risk, beyond = tail.value_at_risk(_LEVEL), tail.shortfall(_LEVEL)
    except DataError as error:
        notes.append(f"The tail cannot be fitted: {error}")
        return None
    return TailFit(
        threshold_pct=threshold,
        excesses=tail.excesses,
        mean_excess_pct=float(mean_excess(losses, np.array([threshold]))[0]),
        shape=tail.shape,
        shape_error=tail.shape_error,
        scale_pct=tail.scale,
        scale_error_pct=tail.scale_error,
        quantile_correlation=tail.quantile_correlation,
        level=_LEVEL,
        var_pct=risk,
        shortfall_pct=beyond,
    )
