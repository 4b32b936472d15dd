"""Candles of vendors, mostly labelled by their open: put in order, checked, and stamped by their close.

What no vendor may do is refused here: figures that are none, times that jump about, rows of another span than
was asked for. Whether a row is *plausible* (a high below its low, a split that is missing) is left to the
quality rules, so that one bad row of a long history does not lose the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import MalformedPayloadError, NoDataError, NoTimeframeError, StaleDataError
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns, Bools, Floats, Ints
from tradewind.core.ports import BarRequest, HistoryProvider
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.adjustment import CorporateAction
from tradewind.data.calendars import trading_days
from tradewind.data.raw import RawBars, RawProvider, TradedProvider, bars_from_raw
from tradewind.data.repair import RepairPlan, repair


@dataclass(frozen=True)
class Candles:
    """Oldest first: ``time_ns`` int64 UTC ns (R,), ``figures`` open, high, low, close, volume (R, 5)."""

    time_ns: Ints
    figures: Floats

    def __len__(self) -> int:
        return len(self.time_ns)

    def take(self, rows: Bools) -> "Candles":
        """The chosen rows."""
        return Candles(self.time_ns[rows], self.figures[rows])


def candles_of(time_ns: Sequence[int] | Ints, figures: Sequence[Sequence[float]] | Floats) -> Candles:
    """Rows that come oldest or newest first, put oldest first.

    Raises
    ------
    MalformedPayloadError
        Times rise here and fall there or come twice, or a figure is not finite.
    """
    times = np.array(time_ns, dtype=np.int64)
    values = np.array(figures, dtype=np.float64).reshape(-1, 5)
    if len(times) > 1 and times[0] > times[-1]:
        times, values = times[::-1], values[::-1]
    steps = np.diff(times)
    if np.any(steps <= 0):
        row = int(np.flatnonzero(steps <= 0)[0])
        message = (
            f"The rows are not in order of time: {iso(int(times[row + 1]))} follows {iso(int(times[row]))}."
        )
        raise MalformedPayloadError(message)
    broken = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(broken):
        row = int(broken[0])
        message = f"The row of {iso(int(times[row]))} holds a figure that is none: {values[row].tolist()}."
        raise MalformedPayloadError(message)
    return Candles(times, values)


def require_span(candles: Candles, from_ns: int, to_ns: int) -> Candles:
    """The rows of ``from_ns <= time < to_ns``; one more at the end is what some vendors count as inside.

    Raises
    ------
    StaleDataError
        All rows are older than what was asked for: yesterday's answer to today's question.
    MalformedPayloadError
        Some are: the vendor did not heed the span.
    """
    early = candles.time_ns < from_ns
    if len(candles) and early.all():
        message = f"The newest row is of {iso(int(candles.time_ns[-1]))}, and {iso(from_ns)} was asked for."
        raise StaleDataError(message, "Try again later, or use another provider.")
    if early.any():
        message = f"A row is of {iso(int(candles.time_ns[0]))}, before the {iso(from_ns)} that was asked for."
        raise MalformedPayloadError(message)
    return candles.take(candles.time_ns < to_ns)


def joined(parts: Sequence[Candles]) -> Candles:
    """Pages one after another; MalformedPayloadError where one reaches into the next."""
    if not parts:
        return candles_of([], [])
    return candles_of(
        np.concatenate([part.time_ns for part in parts]), np.concatenate([part.figures for part in parts])
    )


def require_timeframe(vendor: str, asked: str, offers: Sequence[Timeframe]) -> Timeframe:
    """The timeframe asked for; NoTimeframeError with what the vendor has where it lacks it."""
    frame = Timeframe(asked)
    if frame not in offers:
        message = f"{vendor} has no {asked} bars that can be relied on."
        has = tuple(offer.value for offer in offers)
        raise NoTimeframeError(message, f"Ask for {', '.join(has)}.", offers=has)
    return frame


def session_closes(calendar: str, opened_ns: Ints, length_ns: int) -> tuple[Ints, Bools]:
    """When intraday bars close, at most with their session, (R,); and which of them begin inside one, (R,).

    What begins before the open or after the close is trading outside of hours.
    """
    nominal = opened_ns + length_ns
    if not len(opened_ns):
        return nominal, np.zeros(0, dtype=np.bool_)
    known = trading_days(calendar, int(opened_ns.min()) - NS_PER_DAY, int(nominal.max()) + 4 * NS_PER_DAY)
    found = known.find(opened_ns + 1)  # a bar begins inside its session, the open itself included
    inside = found >= 0
    closes = np.where(inside, known.close_ns[np.maximum(found, 0)], nominal)
    return np.minimum(nominal, closes), inside


def closed_bars(
    request: BarRequest,
    candles: Candles,
    *,
    source: str,
    calendar: str,
    known_until_ns: int,
    has_ohlc: bool = True,
    has_volume: bool = True,
    adjusted: bool = False,
    actions: tuple[CorporateAction, ...] | None = None,
) -> RawBars:
    """The rows of the request among ``candles`` (stamped by their close) that closed by ``known_until_ns``.

    Raises
    ------
    NoDataError
        None of them did.
    """
    open_, high, low, close, volume = np.ascontiguousarray(candles.figures.T)
    raw = RawBars(
        instrument_id=request.instrument_id,
        timeframe=request.timeframe,
        ts_event=candles.time_ns,
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=volume,
        source=source,
        calendar=calendar,
        has_ohlc=has_ohlc,
        has_volume=has_volume,
        adjusted=adjusted,
        actions=actions,
    ).between(request.start_ns, min(request.end_ns, known_until_ns + 1))
    if not len(raw):
        message = f"{source} has no closed {request.timeframe} bar of {request.instrument_id} in that span."
        raise NoDataError(
            message, f"It was {iso(request.start_ns)} to {iso(request.end_ns)}: ask for another."
        )
    return raw


def as_traded(provider: HistoryProvider) -> Callable[[BarRequest], BarColumns]:
    """How to ask a source for bars as traded, the basis of every live feed, whatever actions it knows."""
    if isinstance(provider, TradedProvider):
        return lambda request: sound_bars(provider.traded_bars(request))
    if isinstance(provider, RawProvider):
        return lambda request: sound_bars(provider.raw_bars(request))
    return provider.bars


def sound_bars(raw: RawBars) -> BarColumns:
    """Columns of the rows that can be used, still as traded."""
    return bars_from_raw(repair(raw, RepairPlan()).raw)
