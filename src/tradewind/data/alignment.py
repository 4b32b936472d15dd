"""Series with different calendars on one clock, without inventing a value.

* Events: bars of all series merged by the moment at which they could be known.
* Factors: an instrument's factors are computed on its own bars. Series that share their bar times go into
  one panel; others get a panel of their own, so no window ever runs over a hole.
* Across calendars: the last value known at a moment (an as-of join), never a later one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.market import Bar
from tradewind.core.panel import BarColumns, Floats, Ints, Panel, panel_from_bars


@dataclass(frozen=True)
class PanelGroup:
    """Instruments that share a calendar and bar times.

    A NaN in the panel lies before or after a series, never inside it.
    """

    calendar: str
    timeframe: str
    panel: Panel

    @property
    def instrument_ids(self) -> tuple[str, ...]:
        """The panel's instruments in their order."""
        return self.panel.instrument_ids


@dataclass(frozen=True)
class MergedOrder:
    """All bars of several series in order: time known, then the series' place in the list.

    ``ts_recv`` int64 UTC ns, ``series`` and ``row`` int64, all (E,).
    """

    ts_recv: Ints
    series: Ints
    row: Ints


def group_by_calendar(series: Sequence[BarColumns], calendars: Mapping[str, str]) -> list[PanelGroup]:
    """Panels of series whose bar times fit, in the order of their first member.

    ``calendars`` names each instrument's calendar. Two series share a panel when calendar and timeframe are
    the
    same and each has every time of the other that lies within its own span; so a stock that was listed later
    or delisted earlier stays with the others, and one with a missing day stands alone.
    """
    groups: list[tuple[str, str, list[BarColumns], Ints]] = []
    for bars in series:
        calendar = _calendar_of(bars.instrument_id, calendars)
        for place, (name, timeframe, members, times) in enumerate(groups):
            fits = name == calendar and timeframe == bars.timeframe
            if fits and _fit_together([*members, bars], union := np.union1d(times, bars.ts_event)):
                groups[place] = (name, timeframe, [*members, bars], union)
                break
        else:
            groups.append((calendar, bars.timeframe, [bars], bars.ts_event))
    return [PanelGroup(name, frame, panel_from_bars(members)) for name, frame, members, _ in groups]


def as_of_values(
    bars: BarColumns, at_ns: Ints, column: str = "close", max_age_ns: int | None = None
) -> Floats:
    """Last value of ``column`` known at each moment, (A,): ``ts_event <= at``.

    NaN before the first bar, and where the value is older than ``max_age_ns``.
    """
    if column not in ("open", "high", "low", "close", "volume"):
        message = f"Bars have no column {column!r}."
        raise DataError(message, "Use open, high, low, close or volume.")
    taken = np.full(len(at_ns), np.nan)
    row = np.searchsorted(bars.ts_event, at_ns, side="right") - 1
    known = row >= 0
    if max_age_ns is not None and len(bars):
        known &= at_ns - bars.ts_event[np.maximum(row, 0)] <= max_age_ns
    taken[known] = getattr(bars, column)[row[known]]
    return taken


def merged_order(series: Sequence[BarColumns]) -> MergedOrder:
    """Order in which the bars could be known; recorded bars are known when they close."""
    if not series:
        nothing = np.zeros(0, dtype=np.int64)
        return MergedOrder(nothing, nothing, nothing)
    ts_recv = np.concatenate([bars.ts_event for bars in series])
    owner = np.repeat(np.arange(len(series)), [len(bars) for bars in series])
    row = np.concatenate([np.arange(len(bars)) for bars in series])
    order = np.lexsort((owner, ts_recv))
    return MergedOrder(ts_recv[order], owner[order], row[order])


def merged_bars(series: Sequence[BarColumns], open_ns: int = 0) -> Iterator[Bar]:
    """Bar events of all series in that order; those that close before ``open_ns`` are marked as warm-up."""
    order = merged_order(series)
    columns = [
        tuple(getattr(b, name).tolist() for name in ("open", "high", "low", "close", "volume"))
        for b in series
    ]
    for ts, owner, row in zip(order.ts_recv.tolist(), order.series.tolist(), order.row.tolist(), strict=True):
        opened, high, low, close, volume = columns[owner]
        yield Bar(
            ts_event=ts,
            ts_recv=ts,
            instrument_id=series[owner].instrument_id,
            timeframe=series[owner].timeframe,
            open=opened[row],
            high=high[row],
            low=low[row],
            close=close[row],
            volume=volume[row],
            warmup=ts < open_ns,
        )


def _fit_together(members: Sequence[BarColumns], union: Ints) -> bool:
    """Whether no member has a hole at a time of ``union`` between its first and its last bar."""
    for bars in members:
        if len(bars):
            low, high = np.searchsorted(union, [bars.ts_event[0], bars.ts_event[-1]])
            if high - low + 1 != len(bars):
                return False
    return True


def _calendar_of(instrument_id: str, calendars: Mapping[str, str]) -> str:
    if instrument_id not in calendars:
        message = f"No calendar is given for {instrument_id}."
        raise DataError(message, f"Given are: {', '.join(sorted(calendars)) or 'none'}.")
    return calendars[instrument_id]
