"""The parts of a planned session: feed, factor stages, model hosts, strategies in one reducer, venue."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import msgspec

from tradewind.alphas.host import LocalModelHost, ModelHosts
from tradewind.app.session.beforehand import past_rows
from tradewind.app.session.loading import SeriesKey, bars_per_year, timeframes_of
from tradewind.app.session.own_code import own_code
from tradewind.app.session.plan import SessionPlan
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.started import preamble, session_start
from tradewind.app.session.wiring import (
    SECOND_GATE,
    Standing,
    build_gate,
    build_reducer,
    build_venue,
    settings_from,
)
from tradewind.core.events import AnyEvent
from tradewind.core.instruments import class_group, find_instrument
from tradewind.core.market import Bar, Timeframe
from tradewind.core.money import CASH_SCALE
from tradewind.core.panel import BarColumns
from tradewind.core.ports import Strategy
from tradewind.core.trading_calendar import calendar_for
from tradewind.core.vocabulary import SessionMode
from tradewind.data.alignment import merged_bars
from tradewind.engine.feeds import merge_feeds, recorded_feed
from tradewind.engine.reducer import Reducer
from tradewind.execution.capabilities import market_name
from tradewind.execution.guarded import GuardedBroker
from tradewind.factors.live import LiveFactors
from tradewind.factors.stages import FactorStages
from tradewind.portfolio.sizing import SizingSettings
from tradewind.risk.last_look import LastLook
from tradewind.risk.rules.position_limit import PositionLimit
from tradewind.strategies.allocation import ALLOCATORS, CapitalAllocation
from tradewind.strategies.forecast_blend import ForecastStrategy
from tradewind.strategies.own.running import OwnStrategy
from tradewind.strategies.settings import Pace, StrategySettings


def factor_stages(plan: SessionPlan) -> FactorStages:
    """The incremental factor stages of a session, one a timeframe."""
    calendars = {instrument_id: instrument.calendar for instrument_id, instrument in plan.instruments.items()}
    stages = []
    for timeframe in timeframes_of(plan.bars):
        lacks = {b.instrument_id: _lacks(b) for b in plan.bars if b.timeframe == timeframe}
        ids = [instrument_id for instrument_id in plan.instruments if instrument_id in lacks]
        groups = {instrument_id: calendars[instrument_id] for instrument_id in ids}
        stages.append(LiveFactors(plan.models.names, ids, groups=groups, missing=lacks, timeframe=timeframe))
    return FactorStages(stages)


def make_reducer(plan: SessionPlan, *, live_factors: bool) -> Reducer:
    """The deterministic heart; with ``live_factors`` it computes factor rows itself, else they are fed."""
    stages = factor_stages(plan)
    chosen = plan.strategies
    makers: list[Strategy | Callable[[Standing], Strategy]] = [
        partial(_strategy, plan, strategy, stages.stages[strategy.timeframe]) for strategy in chosen
    ]
    if plan.config.session.strategies:
        shares = {strategy.name: strategy.capital_share for strategy in chosen}
        allocator = plan.config.session.allocator
        makers.append(CapitalAllocation(ALLOCATORS[allocator](shares), tuple(shares), allocator))
    return build_reducer(
        list(plan.instruments.values()),
        makers,
        plan.config.risk,
        planner=_planner(plan),
        factors=stages if live_factors and plan.models.names else None,
        calendars=plan.calendars,
        active=plan.active,
    )


def _planner(plan: SessionPlan) -> Mapping[str, object]:
    """At a broker outside orders are of its market's kinds, and wait until those before are gone."""
    if plan.mode is not SessionMode.LIVE:
        return plan.config.planner
    markets = {market_name(plan.config.session.broker.name, one) for one in plan.instruments.values()}
    usual: dict[str, object] = {"wait_for_cancels": "always"}
    if len(markets) == 1:  # of several markets each order is held to its own by the adapter
        usual["broker"] = markets.pop()
    return {**usual, **plan.config.planner}


def make_venue(plan: SessionPlan) -> GuardedBroker:
    """The simulated venue of the session behind its second gate; orders fill on each instrument's shortest
    bars.
    """
    tradable = list(plan.instruments.values())
    finest = {b.instrument_id: b.timeframe for b in sorted(plan.bars, key=_length, reverse=True)}
    session = plan.config.session
    return build_venue(
        tradable,
        plan.config.venue,
        plan.config.seed,
        calendars=plan.calendars,
        fill_timeframes=finest,
        cash={session.base_currency: session.cash},
        base_currency=session.base_currency,
        last_look=plan.config.risk.get(SECOND_GATE),
    )


def make_gate(plan: SessionPlan) -> LastLook:
    """The second gate for a broker outside; it reckons from the cash that the session began with.

    No order may be worth more than what the session may use, unless the gate's own settings say otherwise.
    """
    cash: dict[str, float] = {}
    for account in plan.accounts:
        for currency, cash_e8 in account.cash_e8.items():
            cash[currency] = cash.get(currency, 0.0) + cash_e8 / CASH_SCALE
    capital = plan.config.session.broker.capital
    bound: dict[str, object] = {} if capital is None else {"max_order_notional": capital}
    return build_gate(
        list(plan.instruments.values()),
        {**bound, **plan.config.risk.get(SECOND_GATE, {})},
        cash=cash,
        base_currency=plan.config.session.base_currency,
    )


def make_host(plan: SessionPlan) -> ModelHosts:
    """The model hosts, their memory filled with the factor rows of the warm-up."""
    hosts = ModelHosts(
        [
            LocalModelHost(
                group.models,
                plan.models.names,
                horizon_bars=group.horizon_bars,
                timeframe=group.timeframe,
            )
            for group in plan.models.groups
        ]
    )
    longest = max((model.lookback for model in plan.models.models), default=1)
    if plan.models.groups:
        hosts.observe(past_rows(plan, plan.config.session.window.start_ns, longest))
    return hosts


def make_feed(plan: SessionPlan) -> Iterator[AnyEvent]:
    """The recorded session as a feed: its start, warm-up bars, then what companies and the market did."""
    opened = plan.config.session.window.start_ns
    bars = list(merged_bars(plan.bars, opened))
    warmup = [bar for bar in bars if bar.warmup]
    # A split comes before the first bar on its new basis.
    traded = (_with_open(bar, plan) for bar in bars if not bar.warmup)
    market = merge_feeds(plan.actions, plan.universe, plan.gauges, traded)
    return recorded_feed(session_start(plan, opened), warmup, market, opened, preamble(plan, opened))


def strategy_settings(plan: SessionPlan, strategy: StrategyConfig) -> StrategySettings:
    """A strategy's numbers: the configuration's, over its horizon and its own reference instruments."""
    references: dict[str, str] = {}
    for instrument_id in plan.traded(strategy):
        references.setdefault(class_group(plan.instruments[instrument_id].asset_class), instrument_id)
    defaults: dict[str, object] = {"horizon_bars": strategy.horizon_bars, "references": references}
    section = (
        "decision" if not plan.config.session.strategies else f"session.strategies.{strategy.name}.decision"
    )
    chosen = settings_from(StrategySettings, defaults | strategy.decision, section)
    own = {i: plan.instruments[i] for i in plan.traded(strategy)}
    known = {group: find_instrument(own, text).id for group, text in chosen.references.items()}
    return msgspec.structs.replace(chosen, references=known)


def _strategy(
    plan: SessionPlan, strategy: StrategyConfig, stage: LiveFactors, standing: Standing
) -> Strategy:
    return (_own if strategy.use else _blend)(plan, strategy, stage, standing)


def _own(plan: SessionPlan, strategy: StrategyConfig, stage: LiveFactors, standing: Standing) -> OwnStrategy:
    """Somebody's own; its sizes keep to the order gate's limits on positions."""
    code = own_code(strategy)
    section = f"session.strategies.{strategy.name}.decision"
    sizing = settings_from(SizingSettings, own_sizing(plan.config.risk, strategy.decision), section)
    return OwnStrategy(
        code.make(),
        [plan.instruments[instrument_id] for instrument_id in plan.traded(strategy)],
        standing.entry_block,
        standing.refusal,
        name=strategy.name,
        factor_names=plan.models.names,
        absent=stage.absent_names(),
        models=strategy.models,
        waits=bool(code.factors or strategy.models),
        sizing=sizing,
        timeframe=strategy.timeframe,
        risk_level=strategy.risk_level,
        strict=plan.mode is SessionMode.BACKTEST,
    )


def own_sizing(risk: Mapping[str, Mapping[str, object]], decision: Mapping[str, object]) -> dict[str, object]:
    """The sizing section of an own strategy: what ``decision.sizing`` says, over the gate's own limits."""
    usual: dict[str, object] = {}
    limits = PositionLimit()
    given = risk.get("position_limit", {})
    classes = msgspec.structs.asdict(limits) | {
        k: v for k, v in given.items() if k in limits.__struct_fields__
    }
    usual["position_limits"] = classes
    said = decision.get("sizing", {})
    return usual | (dict(said) if isinstance(said, Mapping) else {})


def _blend(
    plan: SessionPlan, strategy: StrategyConfig, stage: LiveFactors, standing: Standing
) -> ForecastStrategy:
    per_year = bars_per_year(plan.series, plan.calendars)
    traded = plan.traded(strategy)
    paces = {i: _pace(plan, (i, strategy.timeframe), per_year[i, strategy.timeframe]) for i in traded}
    return ForecastStrategy(
        [plan.instruments[instrument_id] for instrument_id in traded],
        plan.models.names,
        stage.absent_names(),
        standing.entry_block,
        strategy_settings(plan, strategy),
        paces=paces,
        name=strategy.name,
        timeframe=strategy.timeframe,
        sources=_sources(plan, strategy),
        risk_level=strategy.risk_level,
    )


def _sources(plan: SessionPlan, strategy: StrategyConfig) -> list[tuple[str, int]]:
    """Models and horizons that a strategy hears: its own, or all of its bars where it is the only one."""
    only = not plan.config.session.strategies
    return [
        (model.name, group.horizon_bars)
        for group in plan.models.groups
        for model in group.models
        if group.timeframe == strategy.timeframe
        and (only or (group.horizon_bars == strategy.horizon_bars and model.name in strategy.models))
    ]


def _pace(plan: SessionPlan, key: SeriesKey, per_year: float) -> Pace:
    days = calendar_for(plan.series[key].calendar, plan.calendars).sessions_per_year
    return Pace(bars_per_year=per_year, bars_per_day=per_year / days)


def _with_open(bar: Bar, plan: SessionPlan) -> Bar:
    """A daily bar with the open of the trading day that it closes: no order that came later fills on it."""
    if bar.timeframe != "1d":
        return bar
    calendar = plan.series[bar.instrument_id, bar.timeframe].calendar
    opened, closed = calendar_for(calendar, plan.calendars).session_bounds(bar.ts_event)
    if bar.ts_event > closed:
        return bar  # no trading day ends then
    fields = {name: getattr(bar, name) for name in bar.__struct_fields__}
    return Bar(**(fields | {"ts_open": opened}))


def _lacks(bars: BarColumns) -> frozenset[str]:
    lacks = frozenset() if bars.has_volume else frozenset({"volume"})
    return lacks if bars.has_ohlc else lacks | {"open", "high", "low"}


def _length(bars: BarColumns) -> int:
    return Timeframe(bars.timeframe).length_ns
