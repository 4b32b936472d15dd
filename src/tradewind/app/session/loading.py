"""What a session will see: bars of every timeframe as they were traded, actions, gauges, calendars."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from tradewind.app.config import FIRST_DAY, DateWindow, SessionConfig
from tradewind.app.market.history import QUALITY_FLOOR, load_series
from tradewind.app.market.workspace import Workspace
from tradewind.app.session.gauges import crypto_volatility_readings, gauge_readings
from tradewind.app.session.hindsight import hindsight_notes, too_coarse
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.splits import after_splits
from tradewind.app.session.strategies import series_wanted
from tradewind.app.session.universe_config import screened_days
from tradewind.core.accounts import CorporateAction
from tradewind.core.errors import DataError, NoDataError
from tradewind.core.instruments import Instrument
from tradewind.core.market import GaugeRead, Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.core.trading_calendar import TradingCalendar, calendar_for
from tradewind.data.action_events import action_events
from tradewind.data.calendars import trading_calendars
from tradewind.data.history import LoadedSeries

SeriesKey = tuple[str, str]
"""Instrument and timeframe."""


@dataclass(frozen=True)
class SessionData:
    """Bars with enough before the session to warm factors, as traded; ``actions`` fall inside it."""

    instruments: dict[str, Instrument]
    bars: tuple[BarColumns, ...]
    actions: tuple[CorporateAction, ...]
    gauges: tuple[GaugeRead, ...]
    series: dict[SeriesKey, LoadedSeries]
    calendars: dict[str, TradingCalendar]
    notes: tuple[str, ...]


def load_session_data(
    session: SessionConfig, strategies: Iterable[StrategyConfig], workspace: Workspace
) -> SessionData:
    """Everything that the session's strategies and breakers are to see, loaded, judged and put in order.

    Raises
    ------
    DataError
        No series is fit to be traded.
    """
    opened_ns, first_ns = session.window.start_ns, session.window.start_ns
    found: dict[SeriesKey, LoadedSeries] = {}
    for timeframe, symbols in series_wanted(strategies).items():
        days = max(days_before(timeframe, session.warmup_bars), screened_days(session.universe, timeframe))
        start_ns = opened_ns - days * NS_PER_DAY
        window = DateWindow(start=max(_date(start_ns), FIRST_DAY), end=session.window.end)
        loaded = load_series(workspace, symbols, window, timeframe=timeframe)
        found |= {(instrument_id, timeframe): series for instrument_id, series in loaded.items()}
        first_ns = min(first_ns, start_ns)
    series, notes = _fit_to_trade(found, workspace, opened_ns)
    known = workspace.instruments.find(dict.fromkeys(instrument_id for instrument_id, _ in series))
    calendars = trading_calendars(
        {i.calendar for i in known.values()} | {loaded.calendar for loaded in series.values()},
        first_ns,
        session.window.end_ns,
    )
    every = _actions(series, calendars)
    before = [action for action in every if action.ts_event <= opened_ns]
    bars = [
        _warmed(after_splits(loaded.as_stored, before), opened_ns, session.warmup_bars)
        for loaded in series.values()
    ]
    per_year = bars_per_year(series, calendars)
    gauges, missing = _gauges(session.gauges, workspace, session.window)
    gauges += crypto_volatility_readings(bars, known, per_year)
    if missing:
        notes.append(f"No reading of {', '.join(missing)} in the session: noted, not assumed safe.")
    if any(b.synthetic for b in bars):
        notes.append("Synthetic data: nothing here says anything about a market.")
    inside = [gauge for gauge in gauges if gauge.ts_event >= opened_ns]
    return SessionData(
        instruments=known,
        bars=tuple(bars),
        actions=tuple(a for a in every if opened_ns < a.ts_event < session.window.end_ns),
        gauges=tuple(sorted(inside, key=lambda gauge: gauge.ts_event)),
        series=series,
        calendars=calendars,
        notes=tuple(notes),
    )


def bars_per_year(
    series: Mapping[SeriesKey, LoadedSeries], calendars: Mapping[str, TradingCalendar]
) -> dict[SeriesKey, float]:
    """Bars a year of each series, counted on its own calendar."""
    return {
        key: calendar_for(loaded.calendar, calendars).bars_per_year(key[1]) for key, loaded in series.items()
    }


def days_before(timeframe: str, bars: int) -> int:
    """Calendar days that surely hold so many bars."""
    length = Timeframe(timeframe).length_ns
    if length >= NS_PER_DAY:
        return 2 * bars * (length // NS_PER_DAY) + 10
    # A stock trades 6.5 hours on five of seven days: a fifth of the time, and its last bar may be short.
    return 6 * bars * length // NS_PER_DAY + 10


def _fit_to_trade(
    found: Mapping[SeriesKey, LoadedSeries], workspace: Workspace, opened_ns: int
) -> tuple[dict[SeriesKey, LoadedSeries], list[str]]:
    """Leave out what quality or basis keeps from being traded, and say so; DataError if nothing is left."""
    notes: list[str] = []
    kept: dict[SeriesKey, LoadedSeries] = {}
    known = workspace.instruments.find(dict.fromkeys(instrument_id for instrument_id, _ in found))
    for (instrument_id, timeframe), loaded in found.items():
        what = instrument_id if timeframe == "1d" else f"{instrument_id} ({timeframe})"
        coarse = too_coarse(loaded, known[instrument_id], opened_ns)
        if not loaded.score.tradable(QUALITY_FLOOR):
            score = loaded.score.overall
            notes.append(f"{what} scores {score:.0f} of 100, under {QUALITY_FLOOR:.0f}: it is not traded.")
        elif coarse:
            notes.append(f"{what}: {coarse}")
        else:
            kept[instrument_id, timeframe] = loaded
    if not kept:
        message = f"No instrument of the session can be traded: {' '.join(notes)}"
        raise DataError(message, "Look at `tradewind data quality`, or choose other symbols or dates.")
    return kept, notes + hindsight_notes(
        {instrument_id: loaded for (instrument_id, _), loaded in kept.items()}
    )


def _actions(
    series: Mapping[SeriesKey, LoadedSeries], calendars: Mapping[str, TradingCalendar]
) -> list[CorporateAction]:
    """Splits and dividends of all instruments as events, each once, in time order.

    Bars that came adjusted hold them in their prices already.
    """
    found: dict[tuple[str, int, str], CorporateAction] = {}
    for (instrument_id, _), loaded in series.items():
        bars = loaded.as_stored
        if not bars.adjusted and loaded.actions and len(bars):
            first, last = int(bars.ts_event[0]), int(bars.ts_event[-1])
            calendar = calendar_for(loaded.calendar, calendars)
            for event in action_events(loaded.actions, calendar, first, last):
                found[instrument_id, event.ts_event, event.kind] = event
    return sorted(found.values(), key=lambda action: action.ts_event)


def _gauges(
    symbols: Iterable[str], workspace: Workspace, window: DateWindow
) -> tuple[list[GaugeRead], list[str]]:
    found: list[GaugeRead] = []
    missing: list[str] = []
    for symbol in symbols:
        try:
            series = load_series(workspace, [symbol], window)
        except NoDataError:
            missing.append(symbol)
            continue
        found += chain.from_iterable(gauge_readings(loaded.as_stored) for loaded in series.values())
    return found, missing


def _warmed(bars: BarColumns, opened_ns: int, length: int) -> BarColumns:
    """The session's bars and at most ``length`` before them."""
    first = int(np.searchsorted(bars.ts_event, opened_ns))
    start = max(first - length, 0)
    begin_ns = int(bars.ts_event[start]) if start < len(bars) else opened_ns
    return bars.between(begin_ns, int(bars.ts_event[-1]) + 1 if len(bars) else opened_ns)


def _date(ts_ns: int) -> str:
    return iso(ts_ns // NS_PER_DAY * NS_PER_DAY)[:10]


def timeframes_of(bars: Sequence[BarColumns]) -> tuple[str, ...]:
    """Timeframes of some series, the shortest first."""
    return tuple(sorted({b.timeframe for b in bars}, key=lambda name: Timeframe(name).length_ns))
