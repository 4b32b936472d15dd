"""Research: candidates trained and judged walk-forward, net of costs, each with the gate's verdict."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tradewind.app.compute.closing import let_go
from tradewind.app.config import ResearchConfig
from tradewind.app.market.history import load_series, references
from tradewind.app.market.workspace import Workspace
from tradewind.app.research.features import Features, build_features
from tradewind.app.research.models import Candidate, Parameters, candidates, factor_names, families
from tradewind.app.research.payouts import learning_bars
from tradewind.core.panel import BarColumns
from tradewind.core.ports import Mapper
from tradewind.data.history import LoadedSeries
from tradewind.strategies.costing import research_cost_bps, usual_price
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


def load_research(
    research: ResearchConfig,
    workspace: Workspace,
    *,
    capital: float,
    on_progress: Progress | None = None,
) -> ResearchData:
    """Histories of the research window, their factors and their labels.

    ``capital`` is the money that costs are reckoned for, in the quote currency: a fee has a least.
    """
    # First: a missing library is said before any work.
    names = factor_names(candidates(research.models, {}, research.factors))
    instruments = workspace.instruments.find(research.symbols, research.window.end_ns - 1)
    roles = references(workspace)
    series = load_series(workspace, [*instruments, *roles.values()], research.window, on_progress)
    played = {role: series[name].bars for role, name in roles.items()}
    bars, income = learning_bars(
        series, instruments, workspace.tables, research.horizon_bars, research.window.end_ns
    )
    features = build_features(bars, instruments, research.horizon_bars, played, names, income)
    costs = {
        name: research_cost_bps(instrument, usual_price(series[name].as_stored.close), capital)
        for name, instrument in instruments.items()
    }
    return ResearchData(series, played, features, TradingCosts(by_id_bps=costs))


def validate_candidates(
    research: ResearchConfig,
    data: ResearchData,
    ledger: TrialLedger,
    mapper: Mapper,
    *,
    seed: int,
    parameters: Parameters | None = None,
    plans: Mapping[str, WalkForwardPlan] | None = None,
    settings: EvaluationSettings | None = None,
    on_progress: Progress | None = None,
) -> list[Judged]:
    """Walk every configured model forward, then judge them all against everything that was ever tried.

    ``plans`` replaces the configured walk-forward for single models. ``on_progress(done, total, model)``.
    """
    chosen = candidates_of(research, parameters)
    usual = plan_from(research)
    outcomes: dict[str, OutOfSample] = {}
    for family in families(chosen):
        for candidate in family:
            if on_progress is not None:
                on_progress(len(outcomes), len(chosen), candidate.name)
            plan = (plans or {}).get(candidate.name, usual)
            outcomes[candidate.name] = walk_candidate(candidate, plan, data, mapper, ledger, seed)
        let_go(mapper)
    if on_progress is not None:
        on_progress(len(chosen), len(chosen), "judging")
    return judge_outcomes(chosen, [outcomes[c.name] for c in chosen], data, ledger, settings, seed)


def candidates_of(research: ResearchConfig, parameters: Parameters | None = None) -> list[Candidate]:
    """Research's models; what the configuration says of their parameters wins over ``parameters``."""
    merged = _merged(research.model_parameters, parameters or {})
    return candidates(research.models, merged, research.factors)


def walk_candidate(
    candidate: Candidate,
    plan: WalkForwardPlan,
    data: ResearchData,
    mapper: Mapper,
    ledger: TrialLedger,
    seed: int,
) -> OutOfSample:
    """One candidate's forecasts out of sample."""
    rows = candidate.rows(data.features.samples)
    return walk_forward(candidate.factory, rows, plan, mapper, seed, ledger=ledger)


def judge_outcomes(
    chosen: Sequence[Candidate],
    outcomes: Sequence[OutOfSample],
    data: ResearchData,
    ledger: TrialLedger,
    settings: EvaluationSettings | None,
    seed: int,
) -> list[Judged]:
    """What the walk-forwards amount to, and the gate's verdict on each."""
    samples = data.features.samples
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
