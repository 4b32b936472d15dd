"""Prices a hundred times too high or too low: pence among pounds, bar by bar or for a stretch."""

from collections.abc import Iterator

import numpy as np

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection
from tradewind.data.quality.levels import UNIT

_NEAR = 0.2


@RULES.register("price_unit")
def price_unit(seen: Inspection) -> Iterator[Finding]:
    """Rows between two steps of about 100 (or after one), and single prices of a bar; ``value`` is the ratio.

    Which side of a single step is right, the prices do not say: the newer is taken to be, as the source has
    it today. One row of each stretch is severe: no return into or out of it can be used.
    """
    named: set[int] = set()
    for run in seen.levels:
        if run.kind == UNIT:
            for index in range(run.first, run.last + 1):
                named.add(index)
                grave = index == run.step and "close" in run.columns
                yield _finding(seen, index, run.ratio, ", ".join(run.columns), grave)
    if not seen.raw.has_ohlc:
        return
    level = np.log(seen.close)
    for name in ("open", "high", "low"):
        distance = np.log(getattr(seen, name)) - level
        for index in np.flatnonzero(np.abs(np.abs(distance) - np.log(100.0)) < _NEAR).tolist():
            if index not in named:
                yield _finding(seen, index, float(np.exp(np.sign(distance[index]) * np.log(100.0))), name)


def _finding(seen: Inspection, index: int, ratio: float, columns: str, grave: bool = False) -> Finding:
    return Finding(
        "price_unit",
        Dimension.ACCURACY,
        Severity.SEVERE if grave else Severity.ERROR,
        int(seen.ts_event[index]),
        int(seen.rows[index]),
        f"{columns}: {ratio:.4g} times what the bars around say",
        ratio,
    )
