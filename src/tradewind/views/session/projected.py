"""From what a session view remembers to the rows that readers get; each function is one section."""

from tradewind.core.decisions import DecisionMade, OrderRefused
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.instruments import Instrument
from tradewind.core.timestamps import iso
from tradewind.views.amounts import cash_text, iso_or_none, percent, quantity_text
from tradewind.views.rows import (
    Account,
    BreakerRow,
    DecisionRow,
    FeedRow,
    ForecastRow,
    ModelRow,
    RefusalRow,
    SessionFacts,
    SizingRow,
    VerdictRow,
    VoteRow,
)
from tradewind.views.session.carried import carried
from tradewind.views.session.unfolded import BreakerHistory, Unfolded

_NAN = float("nan")


def session_facts(state: Unfolded) -> SessionFacts | None:
    """What the session is; None before it has started."""
    start = state.started
    if start is None:
        return None
    return SessionFacts(
        session_id=start.session_id,
        mode=start.mode,
        phase="ended" if state.ended is not None else "open" if state.opened_ns else "warming_up",
        strategies=tuple(terms.strategy for terms in start.strategies),
        accounts=tuple(terms.account for terms in start.accounts),
        base_currency=start.base_currency,
        seed=start.seed,
        started=iso(start.ts_event),
        opened=iso_or_none(state.opened_ns),
        ended=None if state.ended is None else iso(state.ended.ts_event),
        end_reason="" if state.ended is None else state.ended.reason,
        notes=start.notes,
        synthetic=any("synthetic" in note.lower() for note in start.notes),
        instruments=len(start.instruments),
        factors=len(start.factor_names),
        models=tuple(terms.model for terms in start.models),
    )


def account(state: Unfolded) -> Account | None:
    """The account at its last mark, or at its start; None before the session has started."""
    start, curve, mark = state.started, state.curve, state.account
    if start is None or curve is None:
        return None
    money = state.holdings.money
    begun, paid_in = money.start_e8, money.paid_in_e8
    equity, cash, gross, net = begun, begun, 0, 0
    if mark is not None:
        equity, cash, gross, net = mark.equity_e8, mark.cash_e8, mark.gross_e8, mark.net_e8
    return Account(
        ts=iso(start.ts_event if mark is None else mark.ts_event),
        equity=cash_text(equity),
        start_equity=cash_text(begun),
        profit=cash_text(equity - paid_in),
        profit_pct=percent(equity - paid_in, paid_in),
        cash=cash_text(cash),
        gross_exposure=cash_text(gross),
        net_exposure=cash_text(net),
        gross_pct=percent(gross, equity),
        net_pct=percent(net, equity),
        drawdown_pct=curve.drawdown_pct,
        max_drawdown_pct=curve.max_drawdown_pct,
    )


def model_rows(state: Unfolded, since: int) -> list[ModelRow]:
    """Models whose status, override or share in the blend changed after record ``since``."""
    rows = []
    shares = carried(state.blends.values(), state.models)
    for (name, timeframe, horizon_bars), (seq, status) in state.models.items():
        override_seq, override = state.overrides.get(name, (0, None))
        in_blend = shares.get((name, timeframe, horizon_bars))
        changed = max(seq, override_seq, 0 if in_blend is None else in_blend.seq)
        if changed > since:
            row = ModelRow(
                seq=changed,
                model=name,
                version=status.model_version,
                timeframe=timeframe,
                horizon_bars=horizon_bars,
                verdict=status.verdict,
                weight=status.weight,
                share=None if in_blend is None else in_blend.share,
                blends=0 if in_blend is None else in_blend.blends,
                figures=status.figures,
                overridden=override is not None,
                override_reason="" if override is None else override.reason,
                gate_reasons=() if override is None else override.gate_reasons,
            )
            rows.append(row)
    return rows


def forecast_rows(state: Unfolded, since: int) -> list[ForecastRow]:
    """Latest forecasts made after record ``since``."""
    return [
        _forecast_row(seq, event, horizon_bars)
        for (_, _, _, horizon_bars), (seq, event) in state.forecasts.items()
        if seq > since
    ]


def _forecast_row(seq: int, event: Forecast | ForecastFailed, horizon_bars: int) -> ForecastRow:
    if isinstance(event, ForecastFailed):
        return ForecastRow(
            seq=seq,
            instrument_id=event.instrument_id,
            model=event.model,
            model_version="",
            ts=iso(event.ts_event),
            timeframe=event.timeframe,
            horizon_bars=horizon_bars,
            expected_return_bps=_NAN,
            probability_up=_NAN,
            confidence=_NAN,
            lower_bps=_NAN,
            upper_bps=_NAN,
            failed=event.reason,
        )
    return ForecastRow(
        seq=seq,
        instrument_id=event.instrument_id,
        model=event.model,
        model_version=event.model_version,
        ts=iso(event.ts_event),
        timeframe=event.timeframe,
        horizon_bars=horizon_bars,
        expected_return_bps=event.expected_return_bps,
        probability_up=event.probability_up,
        confidence=event.confidence,
        lower_bps=event.lower_bps,
        upper_bps=event.upper_bps,
    )


def decision_rows(state: Unfolded, since: int) -> list[DecisionRow]:
    """Decisions made after record ``since``, latest first."""
    known = state.holdings.instruments
    return [
        decision_row(seq, event, known.get(event.instrument_id))
        for seq, event in state.decisions.after(since)
    ]


def decision_row(seq: int, event: DecisionMade, instrument: Instrument | None) -> DecisionRow:
    """One decision with all that led to it; lots stay lots where the instrument is not known."""
    return DecisionRow(
        seq=seq,
        decision_id=event.decision_id,
        ts=iso(event.ts_event),
        strategy=event.strategy,
        instrument_id=event.instrument_id,
        outcome=event.outcome,
        reason=event.reason,
        edge_bps=event.edge_bps,
        cost_bps=event.cost_bps,
        probability_up=event.probability_up,
        confidence=event.confidence,
        regime=event.regime,
        current_quantity=_quantity(event.current_lots, instrument),
        target_quantity=_quantity(event.target_lots, instrument),
        votes=tuple(
            VoteRow(
                model=vote.model,
                version=vote.version,
                weight=vote.weight,
                edge_bps=vote.edge_bps,
                probability_up=vote.probability_up,
                confidence=vote.confidence,
            )
            for vote in event.votes
        ),
        verdicts=tuple(
            VerdictRow(
                name=verdict.name,
                passed=verdict.passed,
                value=verdict.value,
                threshold=verdict.threshold,
                hard=verdict.hard,
                note=verdict.note,
            )
            for verdict in event.verdicts
        ),
        sizing=tuple(SizingRow(step=step, weight=weight) for step, weight in event.sizing.items()),
        factors=event.factors,
    )


def refusal_rows(state: Unfolded, since: int) -> list[RefusalRow]:
    """Orders refused after record ``since``, latest first."""
    known = state.holdings.instruments
    return [
        _refusal_row(seq, event, known.get(event.order.instrument_id))
        for seq, event in state.refusals.after(since)
    ]


def _refusal_row(seq: int, event: OrderRefused, instrument: Instrument | None) -> RefusalRow:
    order = event.order
    return RefusalRow(
        seq=seq,
        ts=iso(event.ts_event),
        client_order_id=order.client_order_id,
        decision_id=order.decision_id,
        instrument_id=order.instrument_id,
        side=str(order.side),
        quantity=_quantity(order.quantity_lots, instrument),
        rule=event.refusal.rule,
        reason=event.refusal.reason,
        figures=event.refusal.figures,
    )


def breaker_rows(state: Unfolded, since: int) -> list[BreakerRow]:
    """Breakers that tripped or were armed again after record ``since``."""
    return [_breaker_row(key, known) for key, known in state.breakers.items() if known.seq > since]


def _breaker_row(key: str, known: BreakerHistory) -> BreakerRow:
    trip, rearmed = known.trip, known.rearmed
    return BreakerRow(
        seq=known.seq,
        key=key,
        breaker=trip.breaker,
        scope=trip.scope,
        scope_key=trip.scope_key,
        state="tripped" if rearmed is None else "armed",
        action=trip.action,
        value=trip.value,
        threshold=trip.threshold,
        reason=trip.reason,
        tripped=iso(trip.ts_event),
        trips=known.trips,
        rearm=trip.rearm,
        rearmed=None if rearmed is None else iso(rearmed.ts_event),
        rearmed_by="" if rearmed is None else rearmed.by,
    )


def feed_rows(state: Unfolded, since: int) -> list[FeedRow]:
    """Feeds whose status changed after record ``since``."""
    return [
        FeedRow(seq=seq, feed=name, status=event.status, detail=event.detail, ts=iso(event.ts_event))
        for name, (seq, event) in state.feeds.items()
        if seq > since
    ]


def _quantity(lots: int, instrument: Instrument | None) -> str:
    return f"{lots} lots" if instrument is None else quantity_text(lots, instrument)
