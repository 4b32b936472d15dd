"""Rows to which a stated split was not applied, or applied once too often."""

from collections.abc import Iterator

from tradewind.core.timestamps import iso
from tradewind.data.adjustment import SPLIT
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("split_basis")
def split_basis(seen: Inspection) -> Iterator[Finding]:
    """Rows on a level that is off by just the ratio of a split stated within 20 bars; ``value`` is the ratio.

    One row of each stretch is severe: no return into or out of it can be used.
    """
    for run in seen.levels:
        if run.kind != SPLIT or run.split is None:
            continue
        words = f"the split of {run.split.value:g} for one on {iso(run.split.ex_ns)[:10]}"
        volume = ", and volume says so too" if run.by_volume else ""
        for index in range(run.first, run.last + 1):
            yield Finding(
                "split_basis",
                Dimension.ACCURACY,
                Severity.SEVERE if index == run.step else Severity.ERROR,
                int(seen.ts_event[index]),
                int(seen.rows[index]),
                f"prices are {run.ratio:.4g} times those around, by {words}{volume}",
                run.ratio,
            )
