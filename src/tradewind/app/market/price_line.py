"""Closing prices to look at: one at every time that the calendar expects, those that were bridged marked."""

from typing import NamedTuple

from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import iso
from tradewind.data.display import interpolated_for_display


class Point(NamedTuple):
    """A close; ``bridged`` where there is no bar, and the line knows what came after."""

    time: str
    close: float
    bridged: bool


def price_line(bars: BarColumns, calendar: str, count: int) -> list[Point]:
    """The last ``count`` points of the line; for the eye alone, nothing that computes takes them."""
    line = interpolated_for_display(bars, calendar)
    start = max(len(line.close) - count, 0)
    return [
        Point(iso(int(ts)), float(close), bool(filled))
        for ts, close, filled in zip(
            line.ts_event[start:], line.close[start:], line.filled[start:], strict=True
        )
    ]
