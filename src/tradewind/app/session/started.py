"""The first records of a session: all that is fixed about it, and what the gate said of its models."""

import json

from tradewind.app.session.active import active_plugins
from tradewind.app.session.own_code import own_code, own_terms
from tradewind.app.session.plan import SessionPlan
from tradewind.app.session.settings import StrategyConfig
from tradewind.core.changes import Value
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
from tradewind.core.money import CASH_SCALE
from tradewind.core.vocabulary import ClockKind, FeedKind, PromotionOutcome, SessionMode, StageKind, VenueKind

_VENUES = {SessionMode.LIVE: VenueKind.EXTERNAL, SessionMode.SHADOW: VenueKind.NONE}

PLACES = {"home", "bars", "plugins"}
"""Settings that say where things lie: they are the caller's word each time, and no record's."""


def session_start(plan: SessionPlan, ts_ns: int) -> SessionStarted:
    """First record of the session's journal; a session is taken up again from it alone."""
    session = plan.config.session
    return SessionStarted(
        ts_event=ts_ns,
        session_id=plan.session_id,
        mode=plan.mode,
        base_currency=session.base_currency,
        accounts=plan.accounts
        or (AccountTerms(cash_e8={session.base_currency: round(session.cash * CASH_SCALE)}),),
        instruments=tuple(plan.instruments.values()),
        factor_names=plan.models.names,
        models=_model_terms(plan),
        wiring=wiring_of(plan),
        strategies=_strategy_terms(plan),
        plugins=plan.active or active_plugins(plan),
        configuration=json.dumps(plan.config.model_dump(mode="json", exclude=PLACES), sort_keys=True),
        seed=plan.config.seed,
        notes=plan.notes,
        calendars=tuple(plan.calendars.values()),
    )


def wiring_of(plan: SessionPlan) -> Wiring:
    """A backtest brings factor rows and forecasts along; every other mode makes them beside the loop."""
    if plan.mode is SessionMode.BACKTEST:
        return Wiring(factors=StageKind.IN_FEED, forecasts=StageKind.IN_FEED)
    venue = _VENUES.get(plan.mode, VenueKind.SIMULATED)
    if plan.config.session.feed is FeedKind.LIVE:
        return Wiring(clock=ClockKind.WALL, feed=FeedKind.LIVE, venue=venue)
    return Wiring(venue=venue)


def preamble(plan: SessionPlan, ts_ns: int) -> list[AnyEvent]:
    """What the gate said of each fitted model, and the override where a person lets a refused one trade."""
    session = plan.config.session
    words = {word.model: word for word in plan.words}
    events: list[AnyEvent] = []
    overridden: set[str] = set()
    for group, model in ((one, model) for one in plan.models.groups for model in one.models):
        word = words.get(model.name)
        if word is None:
            continue
        events.append(
            ModelStatus(
                ts_event=ts_ns,
                model=model.name,
                model_version=model.version,
                timeframe=group.timeframe,
                horizon_bars=group.horizon_bars,
                verdict=word.verdict,
                weight=1.0,
                reasons=word.reasons,
                figures=word.figures,
            )
        )
        refused = word.verdict is not PromotionOutcome.ACCEPTED
        if refused and session.override_gate and model.name not in overridden:
            overridden.add(model.name)
            reason = session.override_reason or "asked for on the command line"
            events.append(
                OverrideRecorded(ts_event=ts_ns, model=model.name, reason=reason, gate_reasons=word.reasons)
            )
    return events


def _model_terms(plan: SessionPlan) -> tuple[ModelTerms, ...]:
    return tuple(
        ModelTerms(
            model=model.name,
            version=model.version,
            sha256=plan.model_hashes.get((model.name, model.version), ""),
            timeframe=group.timeframe,
            horizon_bars=group.horizon_bars,
        )
        for group in plan.models.groups
        for model in group.models
    )


def _strategy_terms(plan: SessionPlan) -> tuple[StrategyTerms, ...]:
    return tuple(
        StrategyTerms(
            strategy=strategy.name,
            instrument_ids=plan.traded(strategy),
            timeframe=strategy.timeframe,
            horizon_bars=strategy.horizon_bars,
            capital_share=strategy.capital_share,
            risk_level=strategy.risk_level,
            parameters=_strategy_parameters(plan, strategy),
        )
        for strategy in plan.strategies
    )


def _strategy_parameters(plan: SessionPlan, strategy: StrategyConfig) -> dict[str, Value]:
    """What kind it is and what it hears; of an own one its code, what that hashes to, and its parameters."""
    said: dict[str, Value] = {"kind": strategy.kind, "models": ", ".join(strategy.models)}
    if not strategy.use:
        return said
    return said | own_terms(own_code(strategy))
