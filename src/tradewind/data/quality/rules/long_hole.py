"""Long stretches without a row: after them the symbol may be another company's."""

from collections.abc import Iterator

import numpy as np

from tradewind.core.market import Timeframe
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection

_YEAR_NS = 365 * NS_PER_DAY
_SHORTEST_NS, _SHORTEST_BARS = 14 * NS_PER_DAY, 10


@RULES.register("long_hole")
def long_hole(seen: Inspection) -> Iterator[Finding]:
    """Two weeks and ten bars or more without a usable row; ``value`` is the hole in days.

    Longer than a year it is severe: tickers are given to another company after such a time (and where they
    are not, a return across it is none). A person says that it is the same, or drops what lies before.
    """
    length = Timeframe(seen.raw.timeframe).length_ns
    holes = np.diff(seen.ts_event)
    for index in np.flatnonzero(holes > max(_SHORTEST_NS, _SHORTEST_BARS * length)).tolist():
        days = float(holes[index]) / NS_PER_DAY
        before, after = seen.market.close[index], seen.market.close[index + 1]
        long = holes[index] > _YEAR_NS
        what = f"no row for {days:.0f} days since {iso(int(seen.ts_event[index]))[:10]}"
        what += f", and the price went from {before:g} to {after:g}"
        yield Finding(
            "long_hole",
            Dimension.CONSISTENCY if not long else Dimension.ACCURACY,
            Severity.SEVERE if long else Severity.WARNING,
            int(seen.ts_event[index + 1]),
            int(seen.rows[index + 1]),
            what + ("; before it may be another company" if long else ""),
            days,
        )
