"""A live session planned: history up to now from its stream's provider; after a restart, its own journal.

Everything that a session was begun with and that decides is in its journal (instruments, calendars, factor
names, warm-up bars), so a restart and a replay ask nobody for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.home import Home
from tradewind.app.market.bus import history_name
from tradewind.app.market.history import QUALITY_FLOOR, bars_until, load_series
from tradewind.app.market.live_streams import is_history, session_stream
from tradewind.app.market.standby import require_standbys
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.training import SessionModels
from tradewind.app.session.asked_actions import ask_of, unknown_note
from tradewind.app.session.live_universe import choose_now
from tradewind.app.session.plan import PromotionWord, SessionPlan, hashes_of
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.splits import after_splits
from tradewind.app.session.strategies import strategies_of
from tradewind.core.changes import UniverseChosen
from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import ConfigError, DataError, JournalError, StaleDataError
from tradewind.core.events import SessionStarted
from tradewind.core.instruments import Instrument, instrument_id, symbol_of, venue_of
from tradewind.core.journal_ports import JournalReader
from tradewind.core.market import Bar, Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S, iso
from tradewind.core.trading_calendar import TradingCalendar
from tradewind.core.vocabulary import SessionMode
from tradewind.data.action_events import action_events
from tradewind.data.calendars import closes_before, trading_calendars
from tradewind.data.history import LoadedSeries
from tradewind.data.quality.inspect_bars import inspect_bars
from tradewind.data.quality.inspection import QualitySettings
from tradewind.data.raw import raw_from_bars
from tradewind.data.reference.facts import read_facts
from tradewind.data.reference.names import NameSpan, name_spans
from tradewind.data.registry import PROVIDERS
from tradewind.journal.opening import open_reader

_YEARS = 10
"""For which trading days are laid down at the start; an older session ends with an error that names it."""
_LATE_BARS = 3
_LATE_S = 60.0
"""The newest price may be so many bars and seconds old: at the start, and before a new position is taken.
What counts is the time in which the market is open."""


def from_now_on(config: TradewindConfig, clock: Clock | None = None) -> TradewindConfig:
    """The configuration of a session that begins now, on the history of its stream's own provider."""
    now_ns = (clock or WallClock()).now_ns() // NS_PER_S * NS_PER_S
    window = DateWindow(start=iso(now_ns), end=iso(now_ns + _YEARS * 365 * NS_PER_DAY))
    session = config.session.model_copy(update={"window": window})
    return config.model_copy(
        update={
            "session": session,
            "provider": history_name(config, session.live.stream),
            "fallbacks": tuple(name for name in session.live.standby if name in PROVIDERS.names()),
            "risk": _stale_soon(config),
        }
    )


def _stale_soon(config: TradewindConfig) -> dict[str, dict[str, Any]]:
    """The breakers' settings, with an age for prices that suits the session's bars where none is given."""
    length_ns = Timeframe(config.session.live.timeframe).length_ns
    age = {"max_age_ns": _LATE_BARS * length_ns + int(_LATE_S * NS_PER_S)}
    return {**config.risk, "data_stale": age | config.risk.get("data_stale", {})}


@dataclass(frozen=True)
class Warmup:
    """What a live session begins with: instruments, the bars that warm its factors, its trading days."""

    instruments: dict[str, Instrument]
    series: Mapping[str, LoadedSeries]
    calendars: dict[str, TradingCalendar]
    note: str = ""
    """What is to be said of what no source tells."""
    universe: tuple[UniverseChosen, ...] = ()


def load_warmup(config: TradewindConfig) -> Warmup:
    """Instruments, bars that end where the session begins, and calendars.

    Asked before anything is fitted: what keeps the session from beginning is said at once.

    Raises
    ------
    StaleDataError
        The newest bar of an instrument is too old for a session that begins now.
    ConfigError
        A source cannot stand by, or a stream refuses what is set for it.
    DataError
        An instrument's history is not fit to be traded on.
    NoDataError
        A calendar does not know its trading days until the session's end.
    """
    session, frame = config.session, Timeframe(config.session.live.timeframe)
    now_ns = session.window.start_ns
    workspace = open_workspace(config)
    names = dict.fromkeys(name for strategy in strategies_of(config) for name in strategy.symbols)
    instruments = workspace.instruments.find(names)
    for name in instruments:
        _require_own_name(name, name_spans(name, read_facts(workspace.tables, name)))
    window = bars_until(session.window.start, instruments.values(), frame, session.warmup_bars + 1)
    series = load_series(workspace, list(instruments), window, timeframe=frame.value)
    for name, loaded in series.items():
        _require_fit(instruments[name], loaded, now_ns, frame)
    require_standbys(config, {name: loaded.as_stored for name, loaded in series.items()}, instruments, now_ns)
    own = {name: instrument.calendar for name, instrument in instruments.items()}
    since = {name: int(loaded.as_stored.ts_event[-1]) for name, loaded in series.items()}
    with session_stream(config, own, since, WallClock()):
        pass  # made once, so that a setting or an address that a stream refuses is refused here
    calendars = {*own.values()} | {one.calendar for one in series.values()}
    begin_ns = min(int(loaded.bars.ts_event[0]) for loaded in series.values())
    days = trading_calendars(calendars, begin_ns, session.window.end_ns)
    note = unknown_note(ask_of(config, instruments, days), since, instruments)
    choice = choose_now(config, instruments, now_ns)
    return Warmup(instruments, series, days, note, choice.chosen)


def _require_own_name(name: str, spans: Sequence[NameSpan]) -> None:
    """ConfigError for an instrument whose id is a former name: a live feed knows it by that of today."""
    if spans and spans[-1].symbol != symbol_of(name):
        now = instrument_id(spans[-1].symbol, venue_of(name))
        message = f"{name} is called {now} today."
        step = (
            f"Describe {now} in `instruments:`, with its former names as facts of kind `symbol`, and name it."
        )
        raise ConfigError(message, step)


def plan_live(
    config: TradewindConfig,
    models: SessionModels,
    words: Sequence[PromotionWord],
    session_id: str,
    warmup: Warmup,
    mode: SessionMode = SessionMode.PAPER,
) -> SessionPlan:
    """The plan of a session that begins now, on what :func:`load_warmup` brought: nothing is asked anew."""
    session, series = config.session, warmup.series
    return SessionPlan(
        session_id=session_id,
        mode=mode,
        config=config,
        strategies=strategies_of(config),
        instruments=warmup.instruments,
        bars=tuple(
            _newest(_on_one_basis(loaded, warmup.calendars), session.warmup_bars)
            for loaded in series.values()
        ),
        actions=(),
        universe=warmup.universe,
        gauges=(),
        models=models,
        model_hashes=hashes_of(models, Home(config.home)),
        words=tuple(words),
        notes=(*models.notes, *_notes(session), *filter(None, [warmup.note])),
        series={(name, session.live.timeframe): loaded for name, loaded in series.items()},
        calendars=warmup.calendars,
    )


def plan_from_journal(
    config: TradewindConfig, models: SessionModels, words: Sequence[PromotionWord], journal: Path
) -> SessionPlan:
    """The plan of a live session that was begun before, as its journal says it.

    Raises
    ------
    JournalError
        The journal does not begin with the start of a session.
    """
    timeframe = config.session.live.timeframe
    with open_reader(journal) as reader:
        started = _start_of(reader, journal)
        warmup = takewhile(
            lambda bar: bar.warmup,
            (r.event for r in reader.read_kind(Bar) if isinstance(r.event, Bar)),
        )
        bars = _columns(started.instruments, warmup, timeframe)
    instruments = {instrument.id: instrument for instrument in started.instruments}
    quality = QualitySettings(outside_rules=config.quality_rules)
    return SessionPlan(
        session_id=started.session_id,
        mode=started.mode,
        config=config,
        strategies=_as_shared(strategies_of(config), started),
        instruments=instruments,
        bars=bars,
        accounts=started.accounts,
        actions=(),
        gauges=(),
        models=models,
        model_hashes={(terms.model, terms.version): terms.sha256 for terms in started.models},
        words=tuple(words),
        notes=started.notes,
        series={
            (b.instrument_id, timeframe): _as_loaded(b, instruments[b.instrument_id], quality) for b in bars
        },
        calendars={calendar.name: calendar for calendar in started.calendars},
    )


def _as_shared(strategies: Iterable[StrategyConfig], started: SessionStarted) -> tuple[StrategyConfig, ...]:
    """The strategies with the parts of the equity that they were begun with."""
    begun = {terms.strategy: terms.capital_share for terms in started.strategies}
    return tuple(
        one.model_copy(update={"capital_share": begun.get(one.name, one.capital_share)}) for one in strategies
    )


def _as_loaded(bars: BarColumns, instrument: Instrument, quality: QualitySettings) -> LoadedSeries:
    """Recorded bars, judged anew, in the shape of a loaded history."""
    findings, score = inspect_bars(raw_from_bars(bars), instrument.calendar, quality)
    return LoadedSeries(
        bars=bars,
        as_stored=bars,
        score=score,
        findings=findings,
        repairs=(),
        actions=None,
        calendar=instrument.calendar,
        income=np.zeros(len(bars)),
    )


def _start_of(reader: JournalReader, journal: Path) -> SessionStarted:
    first = next(iter(reader.read(1, 2)), None)
    if first is None or not isinstance(first.event, SessionStarted):
        message = f"The journal {journal} does not begin with the start of a session."
        raise JournalError(message, "Name the journal of a session, or start a new one.")
    return first.event


def _columns(
    instruments: Iterable[Instrument], warmup: Iterable[Bar], timeframe: str
) -> tuple[BarColumns, ...]:
    """Warm-up bars as one series an instrument."""
    found: dict[str, list[Bar]] = {instrument.id: [] for instrument in instruments}
    for bar in warmup:
        found[bar.instrument_id].append(bar)
    return tuple(_column(name, bars, timeframe) for name, bars in found.items())


def _column(name: str, bars: Sequence[Bar], timeframe: str) -> BarColumns:
    figures: dict[str, Any] = {
        column: np.array([getattr(bar, column) for bar in bars], dtype=np.float64)
        for column in ("open", "high", "low", "close", "volume")
    }
    return BarColumns(
        instrument_id=name,
        timeframe=timeframe,
        ts_event=np.array([bar.ts_event for bar in bars], dtype=np.int64),
        source="journal",
        **figures,
    )


def _on_one_basis(loaded: LoadedSeries, calendars: Mapping[str, TradingCalendar]) -> BarColumns:
    """The bars as traded, those of before a split on the basis after it; later splits come as events."""
    bars = loaded.as_stored
    if bars.adjusted or not loaded.actions or not len(bars):
        return bars
    calendar = calendars[loaded.calendar]
    first, last = int(bars.ts_event[0]), int(bars.ts_event[-1])
    return after_splits(bars, action_events(loaded.actions, calendar, first, last))


def _newest(bars: BarColumns, count: int) -> BarColumns:
    """The last ``count`` bars, at least one."""
    first = max(len(bars) - max(count, 1), 0)
    return bars.between(int(bars.ts_event[first]), int(bars.ts_event[-1]) + 1)


def _require_fit(instrument: Instrument, loaded: LoadedSeries, now_ns: int, frame: Timeframe) -> None:
    """A history that may be traded on; its newest bar may be some bars old, by the hours of the market."""
    if not loaded.score.tradable(QUALITY_FLOOR):
        score = loaded.score.overall
        message = f"The history of {instrument.id} scores {score:.0f} of 100, under {QUALITY_FLOOR:.0f}."
        raise DataError(message, "Look at `tradewind data quality`, or choose other symbols.")
    settled_ns = now_ns - int(_LATE_S * NS_PER_S)
    oldest_ns = int(closes_before(instrument.calendar, frame, settled_ns, _LATE_BARS)[0])
    newest_ns = int(loaded.bars.ts_event[-1])
    if newest_ns < oldest_ns:
        message = f"The newest {frame.value} bar of {instrument.id} is from {iso(newest_ns)}."
        due = f"By the hours of {instrument.calendar} one of {iso(oldest_ns)} or later should be there"
        raise StaleDataError(message, f"{due}; use another provider.")


def _notes(session: SessionConfig) -> tuple[str, ...]:
    live = session.live
    polled = is_history(live.stream)
    heard = "bars and quotes" if live.quotes and not polled else "bars"
    asked = ", which is asked for each" if polled else ""
    noted = [f"Live {live.timeframe} {heard} of {live.stream}{asked}, by the wall's clock."]
    if live.standby:
        noted.append(f"Behind it stand by: {', '.join(live.standby)}.")
    if session.gauges:
        noted.append(f"No reading of {', '.join(session.gauges)}: noted, not assumed safe.")
    return tuple(noted)
