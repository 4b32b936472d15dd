"""Does the configured pipeline use the future, and does it find what is there to be found?

Each model is walked forward again: on the configured history as it is and with shuffled labels, with its
factors scrambled after a moment, and, for learners, on generated markets whose answer is known. None of this
is a try in the trial ledger: nothing is chosen by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tradewind.app.compute.closing import closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import TradewindConfig
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.candidates import load_research, plan_from
from tradewind.app.research.models import DEMO_CAPS, Candidate, candidates
from tradewind.app.research.quick import quick_plans, with_quick_plan
from tradewind.core.panel import Samples
from tradewind.core.ports import Mapper
from tradewind.validation.known_markets import LINEAR, NOISE, known_market
from tradewind.validation.leaks import audit_pipeline, measured_coefficient, uses_future
from tradewind.validation.ledger import TrialLedger
from tradewind.validation.splits import WalkForwardPlan, walk_forward_folds
from tradewind.validation.walk_forward import OutOfSample, walk_forward

Progress = Callable[[int, int, str], None]
PLANTED_IC = 0.10
_MARKET = {"days": 1_260, "instruments": 20}
_MARKET_PLAN = WalkForwardPlan(train="2y", validation="6mo", test="6mo", step="6mo")
_SURE = 3.0


@dataclass(frozen=True)
class PipelineCheck:
    """What was found on one model; no findings is a pass. ``figures`` are the coefficients behind it."""

    model: str
    findings: tuple[str, ...]
    figures: dict[str, float]


def check_pipelines(
    config: TradewindConfig, *, quick: bool = False, on_progress: Progress | None = None
) -> tuple[PipelineCheck, ...]:
    """Check every model of the configuration's research; ``quick`` as in a quick validation."""
    research = with_quick_plan(config.research) if quick else config.research
    data = load_research(research, open_workspace(config), capital=config.session.cash)
    parameters = {**(DEMO_CAPS if quick else {}), **research.model_parameters}
    chosen = candidates(research.models, parameters, research.factors)
    plans = quick_plans(research) if quick else {}
    checks = []
    with closing(mapper_from(config.compute)) as mapper:
        for done, candidate in enumerate(chosen):
            if on_progress is not None:
                on_progress(done, len(chosen), candidate.name)
            plan = plans.get(candidate.name, plan_from(research))
            rows = candidate.rows(data.features.samples)
            checks.append(_checked(candidate, rows, plan, mapper, config.seed))
    if on_progress is not None:
        on_progress(len(chosen), len(chosen), "done")
    return tuple(checks)


def _checked(
    candidate: Candidate, rows: Samples, plan: WalkForwardPlan, mapper: Mapper, seed: int
) -> PipelineCheck:
    audit = audit_pipeline(partial(_walked, candidate, plan, mapper, seed), rows, seed=seed)
    findings, figures = list(audit.findings), dict(audit.figures)
    if ahead := _looks_ahead(candidate, rows, plan, seed):
        findings.append(ahead)
    if not candidate.is_rule:  # rules read named factors, which generated markets do not have
        known, found = _known_answers(candidate, mapper, seed)
        figures |= known
        findings += found
    return PipelineCheck(candidate.name, tuple(findings), figures)


def _walked(
    candidate: Candidate, plan: WalkForwardPlan, mapper: Mapper, seed: int, samples: Samples
) -> OutOfSample:
    return walk_forward(candidate.factory, samples, plan, mapper, seed, ledger=TrialLedger(None))


def _looks_ahead(candidate: Candidate, rows: Samples, plan: WalkForwardPlan, seed: int) -> str:
    """The model of the last fold, on that fold's test rows."""
    fold = walk_forward_folds(rows, plan)[-1]
    model = candidate.factory()
    model.fit(rows.take(fold.train), rows.take(fold.validation), seed)
    return uses_future(model, rows.take(fold.test), seed=seed)


def _known_answers(candidate: Candidate, mapper: Mapper, seed: int) -> tuple[dict[str, float], list[str]]:
    figures: dict[str, float] = {}
    findings: list[str] = []
    for kind in (LINEAR, NOISE):
        market = known_market(kind, ic=PLANTED_IC, seed=seed, **_MARKET)
        oos = _walked(candidate, _MARKET_PLAN, mapper, seed, market.samples)
        ic, z = measured_coefficient(oos, market.samples, seed)
        figures |= {f"{kind}_ic": ic, f"{kind}_z": z}
    if not figures["linear_z"] > _SURE:
        findings.append(
            f"a planted information coefficient of {PLANTED_IC:.2f} is not found: it shows "
            f"{figures['linear_ic']:.3f}, {figures['linear_z']:.1f} standard errors above zero"
        )
    if figures["noise_z"] > _SURE:
        findings.append(
            f"in a market of noise it shows an information coefficient of {figures['noise_ic']:.3f}, "
            f"{figures['noise_z']:.1f} standard errors above zero"
        )
    return figures, findings
