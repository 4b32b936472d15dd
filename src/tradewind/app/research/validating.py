"""Walk-forward validation for faces: run it, and lay out what it says of each model."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tradewind.app.compute.closing import closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.environment import Option
from tradewind.app.market.survivors import survivor_notes
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.candidates import Judged, load_research, validate_candidates
from tradewind.app.research.models import DEMO_CAPS, candidates
from tradewind.app.research.quick import quick_notes, quick_plans, with_quick_plan
from tradewind.data.reference.facts import read_facts
from tradewind.validation.bootstrap import Measured
from tradewind.validation.ledger import TrialLedger
from tradewind.validation.whole_run import evaluate_run

Progress = Callable[[int, int, str], None]
Interval = tuple[float, float, float]
"""A figure with the ends of its interval."""


@dataclass(frozen=True)
class ModelJudgement:
    """One model out of sample: forecasts against their base rate, returns net of costs, the gate's word."""

    model: str
    accuracy: Interval
    base_rate: float
    ic: Interval
    sharpe: Interval
    cagr: float
    max_drawdown: float
    turnover_annual: float
    forecasts: int
    verdict: str
    reasons: tuple[str, ...]
    figures: dict[str, float]
    fit_seconds: float


@dataclass(frozen=True)
class RunJudgement:
    """All candidates together: how far the best of them is the work of choosing.

    ``overfitting`` is the probability that the best in one half of the days does no better than the median in
    the other, None for a single model; ``spa_p`` is Hansen's and ``reality_check_p`` White's p-value that the
    best beats staying flat; ``discoveries`` stand at a false-discovery rate of ``rate``.
    """

    periods: int
    effective_models: int
    discoveries: tuple[str, ...]
    rate: float
    reality_check_p: float
    spa_p: float
    overfitting: float | None


@dataclass(frozen=True)
class Validation:
    """A whole run: what it was on, what it said, what there is to know of it."""

    models: tuple[ModelJudgement, ...]
    run: RunJudgement
    instrument_ids: tuple[str, ...]
    start: str
    end: str
    confidence: float
    notes: tuple[str, ...]
    seconds: float


def with_research(
    config: TradewindConfig,
    models: Sequence[str] | None = None,
    symbols: Sequence[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    cash: float | None = None,
) -> TradewindConfig:
    """The configuration with what a command line asks of research; None leaves what is configured.

    Raises
    ------
    ConfigError
        A value is wrong; it names the option.
    RegistryError
        One of ``models`` is unknown, or its library is not installed.
    """
    given = (
        ("--models", ("research", "models"), models),
        ("--symbols", ("research", "symbols"), symbols),
        ("--start", ("research", "window", "start"), start),
        ("--end", ("research", "window", "end"), end),
        ("--cash", ("session", "cash"), cash),
    )
    changed = config.changed_by([Option(*one) for one in given if one[2] is not None])
    candidates(tuple(models or ()), {})
    return changed


def run_validation(
    config: TradewindConfig, *, quick: bool = False, on_progress: Progress | None = None
) -> Validation:
    """Walk every configured model forward and judge it; every run stands in the trial ledger."""
    started = time.perf_counter()
    if quick:
        config = config.model_copy(update={"research": with_quick_plan(config.research)})
    check_config(config)
    research, workspace = config.research, open_workspace(config)
    if on_progress is not None:
        on_progress(0, len(research.models), "loading history")
    data = load_research(research, workspace, capital=config.session.cash)
    ledger = TrialLedger(workspace.home.make().ledger)
    with closing(mapper_from(config.compute)) as mapper:
        judged = validate_candidates(
            research,
            data,
            ledger,
            mapper,
            seed=config.seed,
            parameters=DEMO_CAPS if quick else None,
            plans=quick_plans(research) if quick else None,
            on_progress=on_progress,
        )
    synthetic = [name for name, series in data.series.items() if series.bars.synthetic]
    notes = quick_notes(research.models) if quick else []
    if synthetic:
        notes.append(f"Synthetic data ({', '.join(synthetic)}): nothing here says anything about a market.")
    traded = workspace.instruments.named(data.series)
    facts = {name: read_facts(workspace.tables, name) for name in data.series}
    notes += survivor_notes(data.series, traded, research.window.end_ns, facts)
    return Validation(
        models=tuple(_judgement(one) for one in judged),
        run=_run_judgement(judged, config.seed),
        instrument_ids=tuple(workspace.instruments.named(research.symbols, research.window.end_ns - 1)),
        start=research.window.start,
        end=research.window.end,
        confidence=judged[0].evaluation.returns["sharpe"].confidence,
        notes=tuple(notes),
        seconds=time.perf_counter() - started,
    )


def _run_judgement(judged: Sequence[Judged], seed: int) -> RunJudgement:
    run = evaluate_run([one.record for one in judged], seed=seed)
    return RunJudgement(
        periods=run.periods,
        effective_models=run.effective_models,
        discoveries=run.discoveries,
        rate=run.rate,
        reality_check_p=run.snooping.reality_check,
        spa_p=run.snooping.spa_consistent,
        overfitting=None if run.overfitting is None else run.overfitting.probability,
    )


def _judgement(one: Judged) -> ModelJudgement:
    forecasts, returns = one.evaluation.forecasts, one.evaluation.returns
    return ModelJudgement(
        model=one.candidate.name,
        accuracy=_interval(forecasts["accuracy"]),
        base_rate=forecasts["base_rate"].value,
        ic=_interval(forecasts["ic"]),
        sharpe=_interval(returns["sharpe"]),
        cagr=returns["cagr"].value,
        max_drawdown=returns["max_drawdown"].value,
        turnover_annual=returns["turnover_annual"].value,
        forecasts=int(forecasts["rows"].value),
        verdict=one.verdict.verdict,
        reasons=one.verdict.reasons,
        figures=dict(one.verdict.figures),
        fit_seconds=one.evaluation.fit_seconds,
    )


def _interval(figure: Measured) -> Interval:
    return figure.value, figure.low, figure.high
