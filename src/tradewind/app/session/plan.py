"""A session put together: instruments, feed, factor stage, models, strategy, venue and journal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import msgspec
import numpy as np

from tradewind.alphas.host import LocalModelHost
from tradewind.app.config import TradewindConfig, Window
from tradewind.app.market.history import (
    QUALITY_FLOOR,
    as_known,
    as_traded,
    instruments_for,
    load_series,
    what_happened,
)
from tradewind.app.research.features import build_features
from tradewind.app.research.training import SessionModels
from tradewind.app.session.gauges import crypto_volatility_readings, gauge_readings
from tradewind.app.session.wiring import SECOND_GATE, build_reducer, build_venue, settings_from
from tradewind.core.errors import DataError, NoDataError
from tradewind.core.events import (
    AccountTerms,
    AnyEvent,
    ModelStatus,
    ModelTerms,
    OverrideRecorded,
    SessionStarted,
    StrategyTerms,
    Wiring,
)
from tradewind.core.forecasts import FactorRow
from tradewind.core.instruments import Instrument, class_group, find_instrument
from tradewind.core.market import Bar, GaugeRead, Timeframe
from tradewind.core.money import CASH_SCALE
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.core.trading_calendar import TradingCalendar, calendar_for
from tradewind.core.vocabulary import PromotionOutcome, SessionMode, StageKind
from tradewind.data.alignment import merged_bars
from tradewind.data.calendars import trading_calendars
from tradewind.data.history import LoadedSeries
from tradewind.engine.feeds import merge_feeds, recorded_feed, with_actions
from tradewind.engine.reducer import Reducer
from tradewind.execution.guarded import GuardedBroker
from tradewind.factors.live import LiveFactors
from tradewind.strategies.forecast_blend import ForecastStrategy, StrategySettings


@dataclass(frozen=True)
class GateWord:
    """What the promotion gate said of one model, for the journal."""

    model: str
    verdict: PromotionOutcome
    reasons: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SessionPlan:
    """Everything fixed about a session before its first event; the same plan gives the same session."""

    session_id: str
    mode: SessionMode
    config: TradewindConfig
    instruments: dict[str, Instrument]
    bars: tuple[BarColumns, ...]
    gauges: tuple[GaugeRead, ...]
    models: SessionModels
    words: tuple[GateWord, ...]
    notes: tuple[str, ...]
    series: dict[str, LoadedSeries]
    """The histories as loaded, with score, findings and repairs."""
    calendars: dict[str, TradingCalendar]
    """Trading days of the instruments' calendars and of their series', over the session and its warm-up."""


def plan_session(
    config: TradewindConfig,
    models: SessionModels,
    words: Sequence[GateWord],
    session_id: str,
    mode: SessionMode = SessionMode.PAPER,
) -> SessionPlan:
    """Load what the session will see: its bars with enough before them to warm factors, and its gauges."""
    session = config.session
    instruments = instruments_for(session.symbols)
    before = 2 * session.warmup_bars + 10  # calendar days that hold so many sessions
    first_ns = session.window.start_ns - before * NS_PER_DAY
    window = Window(start=_date(first_ns), end=session.window.end)
    series, notes = _fit_to_trade(load_series(config, list(instruments), window))
    instruments = {name: instruments[name] for name in series}
    bars = [_warmed(b, session.window.start_ns, session.warmup_bars) for b in as_traded(series)]
    gauges, missing = _gauges(config, session.window)
    gauges += crypto_volatility_readings(bars, instruments)
    notes = [*models.notes, *notes]
    if missing:
        notes.append(f"No reading of {', '.join(missing)} in the session: noted, not assumed safe.")
    if any(b.synthetic for b in bars):
        notes.append("Synthetic data: nothing here says anything about a market.")
    return SessionPlan(
        session_id=session_id,
        mode=mode,
        config=config,
        instruments=instruments,
        bars=tuple(bars),
        gauges=tuple(
            sorted(
                (gauge for gauge in gauges if gauge.ts_event >= session.window.start_ns),
                key=lambda gauge: gauge.ts_event,
            )
        ),
        models=models,
        words=tuple(words),
        notes=tuple(notes),
        series=series,
        calendars=_calendars(series, instruments, first_ns, session.window.end_ns),
    )


def factor_stage(plan: SessionPlan) -> LiveFactors:
    """The incremental factor stage of a paper session."""
    calendars = {name: instrument.calendar for name, instrument in plan.instruments.items()}
    lacks = {b.instrument_id: _lacks(b) for b in plan.bars}
    return LiveFactors(plan.models.names, list(plan.instruments), groups=calendars, missing=lacks)


def make_reducer(plan: SessionPlan, *, live_factors: bool) -> Reducer:
    """The deterministic heart; with ``live_factors`` it computes factor rows itself, else they are fed."""
    stage = factor_stage(plan)
    settings = strategy_settings(plan)
    tradable = list(plan.instruments.values())
    return build_reducer(
        tradable,
        [
            lambda board: ForecastStrategy(
                tradable, plan.models.names, stage.absent_names(), board.entry_block, settings
            )
        ],
        plan.config.risk,
        planner=plan.config.planner,
        factors=stage if live_factors else None,
        calendars=plan.calendars,
    )


def make_venue(plan: SessionPlan) -> GuardedBroker:
    """The simulated venue of the session behind its second gate; orders fill on each instrument's shortest
    bars.
    """
    tradable = list(plan.instruments.values())
    longest_first = sorted(plan.bars, key=lambda bars: Timeframe(bars.timeframe).length_ns, reverse=True)
    session = plan.config.session
    return build_venue(
        tradable,
        plan.config.venue,
        plan.config.seed,
        calendars=plan.calendars,
        fill_timeframes={bars.instrument_id: bars.timeframe for bars in longest_first},
        cash={session.base_currency: session.cash},
        base_currency=session.base_currency,
        last_look=plan.config.risk.get(SECOND_GATE),
    )


def make_host(plan: SessionPlan) -> LocalModelHost:
    """The model host, its memory filled with the factor rows of the warm-up."""
    host = LocalModelHost(plan.models.models, plan.models.names, horizon_bars=plan.models.horizon_bars)
    longest = max((model.lookback for model in plan.models.models), default=1)
    opened = plan.config.session.window.start_ns
    for row in past_rows(plan, opened, longest):
        host.observe([row])
    return host


def make_feed(plan: SessionPlan) -> Iterator[AnyEvent]:
    """The recorded session as a feed: its start, warm-up bars, then what the market did."""
    opened = plan.config.session.window.start_ns
    bars = list(merged_bars(plan.bars, opened))
    warmup = [bar for bar in bars if bar.warmup]
    market = merge_feeds(plan.gauges, (_with_open(bar, plan) for bar in bars if not bar.warmup))
    feed = recorded_feed(session_start(plan, opened), warmup, market, opened, preamble(plan, opened))
    return with_actions(feed, what_happened(plan.series, plan.bars, plan.calendars))


def session_start(plan: SessionPlan, ts_ns: int) -> SessionStarted:
    """First record of the session's journal."""
    session = plan.config.session
    return SessionStarted(
        ts_event=ts_ns,
        session_id=plan.session_id,
        mode=plan.mode,
        base_currency=session.base_currency,
        accounts=(AccountTerms(cash_e8={session.base_currency: round(session.cash * CASH_SCALE)}),),
        instruments=tuple(plan.instruments.values()),
        factor_names=plan.models.names,
        models=tuple(
            ModelTerms(model=model.name, version=model.version, horizon_bars=plan.models.horizon_bars)
            for model in plan.models.models
        ),
        wiring=wiring_of(plan.mode),
        strategies=(StrategyTerms(strategy="blend", horizon_bars=plan.models.horizon_bars),),
        seed=plan.config.seed,
        notes=plan.notes,
        calendars=tuple(plan.calendars.values()),
    )


def wiring_of(mode: SessionMode) -> Wiring:
    """A backtest brings factor rows and forecasts along; every other mode makes them beside the loop."""
    if mode is SessionMode.BACKTEST:
        return Wiring(factors=StageKind.IN_FEED, forecasts=StageKind.IN_FEED)
    return Wiring()


def preamble(plan: SessionPlan, ts_ns: int) -> list[AnyEvent]:
    """What the gate said of each model, and the override where a person lets a refused one trade."""
    versions = {model.name: model.version for model in plan.models.models}
    events: list[AnyEvent] = []
    for word in plan.words:
        if word.model not in versions:
            continue
        events.append(
            ModelStatus(
                ts_event=ts_ns,
                model=word.model,
                model_version=versions[word.model],
                verdict=word.verdict,
                weight=1.0,
                reasons=word.reasons,
                figures=word.figures,
            )
        )
        if word.verdict is not PromotionOutcome.ACCEPTED and plan.config.session.override_gate:
            events.append(
                OverrideRecorded(
                    ts_event=ts_ns,
                    model=word.model,
                    reason=plan.config.session.override_reason or "asked for on the command line",
                    gate_reasons=word.reasons,
                )
            )
    return events


def past_rows(plan: SessionPlan, before_ns: int, length: int) -> list[FactorRow]:
    """The last ``length`` factor rows of each instrument before a moment, oldest first."""
    rows: list[FactorRow] = []
    for bars in as_known(plan.series, plan.bars, before_ns):
        known = bars.between(0, before_ns)
        if len(known) == 0:
            continue
        single = {bars.instrument_id: plan.instruments[bars.instrument_id]}
        samples = build_features([known], single, 1, {}, plan.models.names).samples
        kept = samples.features()[-length:]
        times = samples.ts_event[-length:]
        rows += [
            FactorRow(ts_event=int(ts), instrument_id=bars.instrument_id, values=tuple(values))
            for ts, values in zip(times.tolist(), kept.tolist(), strict=True)
        ]
    return sorted(rows, key=lambda row: row.ts_event)


def strategy_settings(plan: SessionPlan) -> StrategySettings:
    """The strategy's numbers: the configuration's, over the session's horizon and reference instruments."""
    references: dict[str, str] = {}
    for name, instrument in plan.instruments.items():
        references.setdefault(class_group(instrument.asset_class), name)
    defaults: dict[str, object] = {"horizon_bars": plan.models.horizon_bars, "references": references}
    chosen = settings_from(StrategySettings, defaults | dict(plan.config.decision), "decision")
    known = {group: find_instrument(plan.instruments, text).id for group, text in chosen.references.items()}
    return msgspec.structs.replace(chosen, references=known)


def _fit_to_trade(series: dict[str, LoadedSeries]) -> tuple[dict[str, LoadedSeries], list[str]]:
    """Leave out what scores under the quality floor, and say so; DataError when nothing is left."""
    notes: list[str] = []
    kept: dict[str, LoadedSeries] = {}
    for name, loaded in series.items():
        if loaded.score.tradable(QUALITY_FLOOR):
            kept[name] = loaded
        else:
            score = loaded.score.overall
            notes.append(f"{name} scores {score:.0f} of 100, under {QUALITY_FLOOR:.0f}: it is not traded.")
    if not kept:
        message = f"No instrument of the session scores {QUALITY_FLOOR:.0f} or more: {' '.join(notes)}"
        raise DataError(message, "Look at `tradewind data quality`, or choose other symbols or dates.")
    return kept, notes


def _gauges(config: TradewindConfig, window: Window) -> tuple[list[GaugeRead], list[str]]:
    found: list[GaugeRead] = []
    missing: list[str] = []
    for symbol in config.session.gauges:
        try:
            series = load_series(config, [symbol], window)
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


def _calendars(
    series: dict[str, LoadedSeries], instruments: dict[str, Instrument], start_ns: int, end_ns: int
) -> dict[str, TradingCalendar]:
    names = {instrument.calendar for instrument in instruments.values()}
    return trading_calendars(names | {loaded.calendar for loaded in series.values()}, start_ns, end_ns)


def _with_open(bar: Bar, plan: SessionPlan) -> Bar:
    """A daily bar with the open of the trading day that it closes: no order that came later fills on it."""
    if bar.timeframe != "1d":
        return bar
    opened, closed = calendar_for(plan.series[bar.instrument_id].calendar, plan.calendars).session_bounds(
        bar.ts_event
    )
    if bar.ts_event > closed:
        return bar  # no trading day ends then
    fields = {name: getattr(bar, name) for name in bar.__struct_fields__}
    return Bar(**(fields | {"ts_open": opened}))


def _lacks(bars: BarColumns) -> frozenset[str]:
    lacks = frozenset() if bars.has_volume else frozenset({"volume"})
    return lacks if bars.has_ohlc else lacks | {"open", "high", "low"}


def _date(ts_ns: int) -> str:
    return iso(ts_ns // NS_PER_DAY * NS_PER_DAY)[:10]
