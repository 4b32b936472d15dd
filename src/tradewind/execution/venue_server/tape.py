"""Recorded bars as the prices of a rehearsal: what is shown when, worked out once and never changed.

Each bar becomes four quotes, at its open, its two extremes and its close, with the instrument's spread
around the price: the low comes first in a bar that rose, the high in one that fell. Between them nothing is
made up. The bar itself is known at its close. Each quote shows a part of the bar's volume; a market without
volume shows no size and has no bound.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from tradewind.core.errors import DataError
from tradewind.core.market import Bar, Timeframe
from tradewind.core.money import round_to_grid
from tradewind.core.panel import BarColumns
from tradewind.core.trading_calendar import TradingCalendar, calendar_for
from tradewind.execution.venue_server.listing import UNIT_LOTS, Listing


class Shown(msgspec.Struct, frozen=True, kw_only=True, tag="shown"):
    """The best prices from a moment on, in ticks, and the lots on either side; 0 lots: no bound."""

    ts_ns: int
    instrument_id: str
    bid_ticks: int
    ask_ticks: int
    last_ticks: int
    size_lots: int


class BarDone(msgspec.Struct, frozen=True, kw_only=True, tag="bar_done"):
    """A bar has closed and is known from now on."""

    ts_ns: int
    bar: Bar


class DayDone(msgspec.Struct, frozen=True, kw_only=True, tag="day_done"):
    """A market has closed for the day: orders of the day end."""

    ts_ns: int
    instrument_id: str


Step = Shown | BarDone | DayDone


@dataclass(frozen=True)
class Tape:
    """All steps in order, the bars known before the first, and when trading days are."""

    steps: Sequence[Step]
    history: Mapping[str, Sequence[Bar]]
    calendars: Mapping[str, TradingCalendar]
    timeframe: Timeframe
    start_ns: int
    digest: str = field(repr=False)
    """Of all that the steps hold: a state kept under other prices is not gone on with."""


def make_tape(
    series: Mapping[str, BarColumns],
    listings: Mapping[str, Listing],
    calendars: Mapping[str, TradingCalendar],
    start_ns: int,
    *,
    volume_share: float = 0.1,
) -> Tape:
    """The tape of what closes after ``start_ns``; earlier bars are history.

    Parameters
    ----------
    series
        Bars by instrument id, all of one timeframe.
    volume_share
        Part of a bar's volume that its four quotes show together on each side.

    Raises
    ------
    DataError
        There is no bar after ``start_ns``, the timeframes differ, or a bar has a price that is none.
    """
    lengths = {bars.timeframe for bars in series.values()}
    if len(lengths) != 1:
        message = f"The bars have several lengths: {', '.join(sorted(lengths)) or 'none at all'}."
        raise DataError(message, "Load all symbols with one --timeframe.")
    timeframe = Timeframe(lengths.pop())
    history: dict[str, list[Bar]] = {}
    steps: list[Step] = []
    for name, columns in series.items():
        calendar = calendar_for(listings[name].instrument.calendar, calendars)
        rows = list(_bars(columns))
        history[name] = [bar for bar in rows if bar.ts_event <= start_ns]
        ahead = [bar for bar in rows if bar.ts_event > start_ns]
        steps += _steps_of(ahead, listings[name], calendar, timeframe, volume_share)
    if not steps:
        raise DataError("There is no bar after the start.", "Choose an earlier --start, or a later --end.")
    steps.sort(key=lambda step: step.ts_ns)
    encoded = msgspec.json.encode([str(timeframe), start_ns, steps])
    digest = hashlib.sha256(encoded).hexdigest()
    first = steps[0].ts_ns
    return Tape(steps, history, calendars, timeframe, first - 1, digest)


def _bars(columns: BarColumns) -> Iterable[Bar]:
    rows = (columns.ts_event, columns.open, columns.high, columns.low, columns.close, columns.volume)
    for ts, open_, high, low, close, volume in zip(*(row.tolist() for row in rows), strict=True):
        if not all(math.isfinite(price) and price > 0.0 for price in (open_, high, low, close)):
            message = f"A bar of {columns.instrument_id} at {ts} has a price that is none."
            raise DataError(message, "Repair it with `tradewind data repair`, or choose another span.")
        yield Bar(
            ts_event=ts,
            instrument_id=columns.instrument_id,
            open=open_,
            high=max(high, open_, close),
            low=min(low, open_, close),
            close=close,
            volume=volume if columns.has_volume and math.isfinite(volume) else 0.0,
            timeframe=columns.timeframe,
        )


def _steps_of(
    bars: Sequence[Bar],
    listing: Listing,
    calendar: TradingCalendar,
    timeframe: Timeframe,
    volume_share: float,
) -> Iterable[Step]:
    day: int | None = None
    last_ns = 0
    for bar in bars:
        opened = bar.ts_event - timeframe.length_ns
        if not calendar.always_open:
            if not calendar.is_open(bar.ts_event - 1):
                continue  # a quote outside trading hours is no price to trade at
            opened = max(opened, calendar.session_bounds(bar.ts_event - 1)[0])
            today = calendar.trading_day(bar.ts_event - 1)
            if day is not None and today != day:
                yield DayDone(ts_ns=last_ns, instrument_id=listing.id)
            day = today
        last_ns = bar.ts_event
        span = bar.ts_event - opened
        turns = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
        for nth, price in enumerate((bar.open, *turns, bar.close)):
            at = opened + span * nth // 3 if nth < 3 else bar.ts_event - 1
            yield _shown(at, price, bar.volume * volume_share / 4.0, listing)
        yield BarDone(ts_ns=bar.ts_event, bar=bar)
    if day is not None:
        yield DayDone(ts_ns=last_ns, instrument_id=listing.id)


def _shown(ts_ns: int, price: float, size: float, listing: Listing) -> Shown:
    """Bid and ask around a price: half the spread to either side, rounded to the grid away from it."""
    tick = listing.instrument.tick_float
    ticks = max(round_to_grid(price, tick), 1)
    half = ticks * listing.instrument.half_spread_bps / 10_000.0
    bid = max(math.floor(ticks - half), 1)
    ask = max(math.ceil(ticks + half), bid + 1)
    lots = round_to_grid(size, listing.instrument.lot_float) if size > 0.0 else 0
    return Shown(
        ts_ns=ts_ns,
        instrument_id=listing.id,
        bid_ticks=bid,
        ask_ticks=ask,
        last_ticks=min(max(ticks, bid), ask),
        size_lots=_on_grid(lots, listing),
    )


def _on_grid(lots: int, listing: Listing) -> int:
    """What is shown of shares is whole ones, where it is one at least."""
    return lots // UNIT_LOTS * UNIT_LOTS if not listing.is_coin and lots >= UNIT_LOTS else lots
