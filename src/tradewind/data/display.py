"""Series that are good to look at only: holes are bridged with what came after them."""

from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import BarColumns, Bools, Floats, Ints
from tradewind.data.calendars import expected_closes


@dataclass(frozen=True)
class DisplayLine:
    """A closing price at every expected time. ``filled`` marks those that used the future.

    It is no :class:`BarColumns` on purpose: nothing that computes accepts it.
    """

    instrument_id: str
    ts_event: Ints
    close: Floats
    filled: Bools


def interpolated_for_display(bars: BarColumns, calendar: str) -> DisplayLine:
    """Straight lines over missing bars, between the first and the last one; for charts alone."""
    if not len(bars):
        return DisplayLine(bars.instrument_id, bars.ts_event, bars.close, np.zeros(0, dtype=np.bool_))
    expected = expected_closes(calendar, bars.timeframe, int(bars.ts_event[0]), int(bars.ts_event[-1]))
    times = np.union1d(bars.ts_event, expected)
    start = times[0]
    close = np.interp(
        (times - start).astype(np.float64), (bars.ts_event - start).astype(np.float64), bars.close
    )
    return DisplayLine(bars.instrument_id, times, close, ~np.isin(times, bars.ts_event))
