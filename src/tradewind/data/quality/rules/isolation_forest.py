"""Bars that no rule names and that still look like none of the others.

An isolation forest (Liu, Ting and Zhou, 2008) over return, range, gap and volume, each held against the
bars before it. It is fitted on the whole series at once: an audit of stored rows, never a feature.
"""

from collections.abc import Iterator

import numpy as np

from tradewind.core.panel import Floats
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection, trailing_scale
from tradewind.kernels.isolation_forest import isolation_scores

_TREES, _SAMPLE = 50, 256
_FEWEST = 100


@RULES.register("isolation_forest")
def isolation_forest(seen: Inspection) -> Iterator[Finding]:
    """Rows that score below ``forest_score``.

    Series of fewer than 100 bars, and closes alone (the jump rule sees all there is), are left out.
    """
    if len(seen.rows) < _FEWEST or not (seen.raw.has_ohlc or seen.raw.has_volume):
        return
    score = isolation_scores(features(seen), _TREES, _SAMPLE, seen.settings.forest_seed)
    for index in np.flatnonzero(score < seen.settings.forest_score):
        yield Finding(
            "isolation_forest",
            Dimension.ACCURACY,
            Severity.INFO,
            int(seen.ts_event[index]),
            int(seen.rows[index]),
            f"unlike the other bars (score {score[index]:.2f})",
            float(score[index]),
        )


def features(seen: Inspection) -> Floats:
    """Return, range, gap and volume of each usable row, (U, 1 to 4), in robust deviations; 0 if unknown."""
    settings = seen.settings
    columns = [seen.log_return / seen.scale]
    if seen.raw.has_ohlc:
        columns.append(np.log(seen.high / seen.low) / seen.scale)
        columns.append(seen.log_gap / seen.scale)
    if seen.raw.has_volume:
        size = np.log1p(np.maximum(np.nan_to_num(seen.volume), 0.0))
        change = np.diff(size, prepend=size[:1])
        columns.append(change / trailing_scale(change, settings.window, settings.min_history))
    return np.clip(np.nan_to_num(np.column_stack(columns)), -50.0, 50.0)
