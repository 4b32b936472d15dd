"""Validating all models and fitting them for the session, side by side, so that no core waits.

Neither reads what the other finds: validation looks at the research window, the fits at the years before the
session. Family after family shares the workers, which are let go in between.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from tradewind.alphas.versions import ModelVersions
from tradewind.app.compute.closing import let_go
from tradewind.app.config import TradewindConfig
from tradewind.app.market.workspace import Workspace
from tradewind.app.research.candidates import (
    Judged,
    ResearchData,
    candidates_of,
    judge_outcomes,
    plan_from,
    walk_candidate,
)
from tradewind.app.research.models import DEMO_CAPS, families, session_parameters
from tradewind.app.research.quick import quick_plans
from tradewind.app.research.training import (
    SessionModels,
    SessionRows,
    fit_for_session,
    session_models,
    session_rows,
)
from tradewind.app.session.reading import factors_read
from tradewind.app.session.strategies import lessons, strategies_of
from tradewind.app.stage import Stage
from tradewind.core.ports import Mapper, Model
from tradewind.validation.evaluate import EvaluationSettings
from tradewind.validation.ledger import TrialLedger
from tradewind.validation.walk_forward import OutOfSample


def judge_and_fit(
    config: TradewindConfig, workspace: Workspace, data: ResearchData, mapper: Mapper, on_stage: Stage
) -> tuple[list[Judged], SessionModels]:
    """Every configured model judged walk-forward, and the session's models fitted."""
    started = time.perf_counter()
    home, research = workspace.home.make(), config.research
    ledger, versions = TrialLedger(home.ledger), ModelVersions(home.models)
    chosen = candidates_of(research, DEMO_CAPS)
    usual, plans = plan_from(research), quick_plans(research)
    outcomes: dict[str, OutOfSample] = {}
    models: list[Model] = []
    with ThreadPoolExecutor(1, thread_name_prefix="session-models") as beside:
        parameters = session_parameters(research.model_parameters, capped=True)
        (lesson,) = lessons(strategies_of(config))
        begin = partial(session_rows, factors=research.factors, read=factors_read(config))
        rows = beside.submit(begin, config.session, workspace, lesson, parameters)
        for family in families(chosen):
            names = {candidate.name for candidate in family}
            fit = partial(_fit, rows, mapper, versions, config.seed, on_stage)
            fitting = beside.submit(fit, names, len(models))
            for candidate in family:
                on_stage("validation", len(outcomes), len(chosen), candidate.name)
                plan = plans.get(candidate.name, usual)
                walked = walk_candidate(candidate, plan, data, mapper, ledger, config.seed)
                outcomes[candidate.name] = walked
            models += fitting.result()
            let_go(mapper)
    on_stage("validation", len(chosen), len(chosen), "judging")
    settings = EvaluationSettings(draws=500, seed=config.seed)
    every = [outcomes[candidate.name] for candidate in chosen]
    judged = judge_outcomes(chosen, every, data, ledger, settings, config.seed)
    return judged, session_models(rows.result(), models, time.perf_counter() - started)


def _fit(
    coming: Future[SessionRows],
    mapper: Mapper,
    versions: ModelVersions,
    seed: int,
    on_stage: Stage,
    names: set[str],
    before: int,
) -> list[Model]:
    """The session's models of one family; a session may trade fewer than are validated."""
    rows = coming.result()
    family = [candidate for candidate in rows.chosen if candidate.name in names]

    def hear(done: int) -> None:
        on_stage("training", before + done, len(rows.chosen), "")

    return fit_for_session(rows, family, mapper, versions, seed, hear)
