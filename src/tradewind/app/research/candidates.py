"""Research: candidates trained and judged walk-forward, net of costs, each with the gate's verdict."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tradewind.app.compute.closing import let_go
from tradewind.app.config import ResearchConfig, TradewindConfig
from tradewind.app.home import Home
from tradewind.app.market.history import (
    REFERENCE_ROLES,
    has_history,
    instruments_for,
    known_income,
    load_series,
)
from tradewind.app.research.features import Features, build_features
from tradewind.app.research.models import NETWORKS, Candidate, Parameters, candidates, factor_names
from tradewind.core.panel import BarColumns, Samples
from tradewind.core.ports import Mapper
from tradewind.data.history import LoadedSeries
from tradewind.strategies.costing import research_cost_bps
from tradewind.validation.evaluate import Evaluation, EvaluationSettings, evaluate
from tradewind.validation.ledger import TrialLedger
from tradewind.validation.promotion import PromotionSettings, PromotionVerdict, judge_all
from tradewind.validation.returns import PositionRule, TradingCosts, held_from_prices
from tradewind.validation.splits import WalkForwardPlan
from tradewind.validation.track_record import TrackRecord, track_record
from tradewind.validation.walk_forward import OutOfSample, walk_forward

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ResearchData:
    """What research works on: histories, rows to learn from, costs of each instrument."""

    series: Mapping[str, LoadedSeries]
    references: Mapping[str, BarColumns]
    features: Features
    costs: TradingCosts


@dataclass(frozen=True)
class Judged:
    """One candidate after its walk-forward."""

    candidate: Candidate
    oos: OutOfSample
    record: TrackRecord
    evaluation: Evaluation
    verdict: PromotionVerdict


def plan_from(research: ResearchConfig) -> WalkForwardPlan:
    """The walk-forward that the configuration describes."""
    return WalkForwardPlan(
        train=research.train,
        validation=research.validation,
        test=research.test,
        step=research.step,
        embargo=research.embargo,
    )


def load_research(config: TradewindConfig, on_progress: Progress | None = None) -> ResearchData:
    """Histories of the research window, their factors and their labels."""
    research = config.research
    instruments = instruments_for(research.symbols)
    roles = {role: symbol for role, symbol in REFERENCE_ROLES.items() if has_history(config, symbol)}
    series = load_series(config, [*instruments, *roles.values()], research.window, on_progress)
    references = {role: series[symbol].bars for role, symbol in roles.items()}
    bars = [series[symbol].bars for symbol in instruments]
    names = factor_names(candidates(research.models, {}))
    income = known_income(series, instruments)
    features = build_features(bars, instruments, research.horizon_bars, references, names, income)
    costs = {
        symbol: research_cost_bps(instrument, float(series[symbol].bars.close[-1]), config.session.cash)
        for symbol, instrument in instruments.items()
    }
    return ResearchData(series, references, features, TradingCosts(by_id_bps=costs))


def validate_candidates(
    config: TradewindConfig,
    data: ResearchData,
    mapper: Mapper,
    *,
    parameters: Parameters | None = None,
    plans: Mapping[str, WalkForwardPlan] | None = None,
    settings: EvaluationSettings | None = None,
    on_progress: Progress | None = None,
) -> list[Judged]:
    """Walk every configured model forward, then judge them all against everything that was ever tried.

    ``plans`` replaces the configured walk-forward for single models. ``on_progress(done, total, model)``.
    """
    research = config.research
    ledger = TrialLedger(Home(config.home).make().ledger)
    samples = data.features.samples
    chosen = candidates(research.models, _merged(research.model_parameters, parameters or {}))
    outcomes: list[OutOfSample] = []
    for done, candidate in enumerate(chosen):
        if on_progress is not None:
            on_progress(done, len(chosen), candidate.name)
        if (
            done
            and candidate.family != chosen[done - 1].family
            and NETWORKS
            in (
                candidate.family,
                chosen[done - 1].family,
            )
        ):
            let_go(mapper)
        plan = (plans or {}).get(candidate.name, plan_from(research))
        rows = candidate.rows(samples)
        outcomes.append(walk_forward(candidate.factory, rows, plan, mapper, config.seed, ledger=ledger))
    let_go(mapper)
    if on_progress is not None:
        on_progress(len(chosen), len(chosen), "judging")
    return judge_outcomes(chosen, outcomes, samples, data, ledger, settings, config.seed)


def judge_outcomes(
    chosen: Sequence[Candidate],
    outcomes: Sequence[OutOfSample],
    samples: Samples,
    data: ResearchData,
    ledger: TrialLedger,
    settings: EvaluationSettings | None,
    seed: int,
) -> list[Judged]:
    """What the walk-forwards amount to, and the gate's verdict on each."""
    held = held_from_prices(samples, data.features.opens, income=data.features.income)
    rule = PositionRule(size="edge")
    records = [track_record(oos, samples, held, data.costs, rule, seed=seed) for oos in outcomes]
    verdicts = judge_all(records, ledger, PromotionSettings(seed=seed))
    evaluations = [evaluate(record, samples, data.costs, settings) for record in records]
    rows = zip(chosen, outcomes, records, evaluations, verdicts, strict=True)
    return [Judged(*row) for row in rows]


def _merged(first: Parameters, second: Parameters) -> dict[str, dict[str, object]]:
    """Parameters by model; what the configuration says wins over what a run caps."""
    names = {*first, *second}
    return {name: {**second.get(name, {}), **first.get(name, {})} for name in names}
