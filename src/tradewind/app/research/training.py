"""Models for a session: fitted once on all history before it, kept as versions, loaded back as saved."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tradewind.alphas.registry import load_model
from tradewind.alphas.versions import ModelVersions
from tradewind.app.compute.closing import let_go
from tradewind.app.config import FIRST_DAY, DateWindow, SessionConfig, TradewindConfig
from tradewind.app.market.history import bars_until, load_series
from tradewind.app.market.workspace import Workspace, open_workspace
from tradewind.app.research.features import build_features, common_names
from tradewind.app.research.models import Candidate, Parameters, by_rows, candidates, factor_names, families
from tradewind.app.research.payouts import learning_bars
from tradewind.app.session.reading import factors_read
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.strategies import Lesson, lessons, own_factors, strategies_of
from tradewind.core.errors import NoDataError
from tradewind.core.panel import Samples
from tradewind.core.ports import Mapper, Model
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.core.vocabulary import FeedKind
from tradewind.data.history import LoadedSeries
from tradewind.validation.splits import Fold, fixed_split

Progress = Callable[[int, int, str], None]

VALIDATION_DAYS = 365
"""Last part of the history, at most half of it: early stopping and calibration look at it."""


@dataclass(frozen=True)
class ModelGroup:
    """Fitted models that forecast ``horizon_bars`` bars of ``timeframe``."""

    timeframe: str
    horizon_bars: int
    models: tuple[Model, ...]


@dataclass(frozen=True)
class SessionModels:
    """Fitted models by timeframe and horizon, the factors that rows must carry for all, and what there is to
    say.
    """

    groups: tuple[ModelGroup, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def models(self) -> tuple[Model, ...]:
        """All models, group by group."""
        return tuple(model for group in self.groups for model in group.models)


@dataclass(frozen=True)
class SessionRows:
    """What one group of a session's models is fitted on."""

    session: SessionConfig
    lesson: Lesson
    chosen: tuple[Candidate, ...]
    samples: Samples
    names: tuple[str, ...]
    notes: tuple[str, ...]


def look_up_models(strategies: Iterable[StrategyConfig]) -> None:
    """RegistryError for a model of the strategies that is unknown, or whose library is not installed."""
    for lesson in lessons(strategies):
        candidates(lesson.models, {})


def train_for_session(
    config: TradewindConfig,
    mapper: Mapper,
    *,
    parameters: Parameters | None = None,
    on_progress: Progress | None = None,
) -> SessionModels:
    """Fit the session's models on the history that ends where the session begins.

    Strategies that decide on the same bars over the same horizon share their models' fits. Only factors that
    need no series which the session lacks are learned from. An instrument without earlier history is traded
    by what was learned from the others; the notes say so.
    """
    started = time.perf_counter()
    strategies = strategies_of(config)
    look_up_models(strategies)
    parts: list[SessionModels] = []
    workspace = open_workspace(config)
    versions = ModelVersions(workspace.home.make().models)
    wanted = lessons(strategies)
    total, before = sum(len(lesson.models) for lesson in wanted), 0
    for lesson in wanted:
        rows = session_rows(
            config.session,
            workspace,
            lesson,
            parameters,
            factors=config.research.factors,
            read=factors_read(config),
        )
        models: list[Model] = []
        for family in families(rows.chosen):
            hear = partial(_tell, on_progress, before + len(models), total)
            models += fit_for_session(rows, family, mapper, versions, config.seed, hear)
            let_go(mapper)
        before += len(models)
        parts.append(session_models(rows, models, 0.0))
    return SessionModels(
        groups=tuple(group for part in parts for group in part.groups),
        names=tuple(dict.fromkeys((*(n for part in parts for n in part.names), *own_factors(strategies)))),
        notes=tuple(note for part in parts for note in part.notes),
        seconds=time.perf_counter() - started,
    )


def session_rows(
    session: SessionConfig,
    workspace: Workspace,
    lesson: Lesson,
    parameters: Parameters | None = None,
    *,
    factors: Sequence[str] = (),
    read: Sequence[str] = (),
) -> SessionRows:
    """History and factors that a group of a session's models learns from.

    Learners get ``factors`` besides the usual ones; ``read`` are those that filters read.
    """
    window = _learning_window(session, workspace, lesson)
    series, without = _history(session, workspace, lesson, window)
    instruments = workspace.instruments.find(series)
    chosen = candidates(lesson.models, parameters or {}, factors)
    wanted = tuple(dict.fromkeys((*factor_names(chosen), *factors, *read)))
    bars, income = learning_bars(series, instruments, workspace.tables, lesson.horizon_bars, window.end_ns)
    features = build_features(bars, instruments, lesson.horizon_bars, {}, wanted, income)
    names = common_names(features.samples, features.absent)
    span = f"{iso(int(features.samples.ts_event[0]))[:10]} to {session.window.start}"
    on = "" if lesson.timeframe == "1d" else f" on {lesson.timeframe} bars"
    notes = [f"Models learned from {', '.join(series)} over {span}{on}."]
    notes.append(f"Labels: {features.samples.label_basis}.")
    if without:
        notes.append(f"No earlier history of {', '.join(without)}{on}: traded by what others taught.")
    return SessionRows(session, lesson, tuple(chosen), features.samples, names, tuple(notes))


def session_models(rows: SessionRows, models: Sequence[Model], seconds: float) -> SessionModels:
    """The fitted models of one group with what a session must know of them."""
    group = ModelGroup(rows.lesson.timeframe, rows.lesson.horizon_bars, tuple(models))
    return SessionModels((group,), rows.names, rows.notes, seconds)


def _tell(on_progress: Progress | None, before: int, total: int, done: int) -> None:
    if on_progress is not None:
        on_progress(before + done, total, "")


def _history(
    session: SessionConfig, workspace: Workspace, lesson: Lesson, window: DateWindow
) -> tuple[dict[str, LoadedSeries], list[str]]:
    """Series of the lesson's instruments before the session, and the instruments that have none."""
    found: dict[str, LoadedSeries] = {}
    without: list[str] = []
    for name in lesson.symbols:
        try:
            found |= load_series(workspace, [name], window, timeframe=lesson.timeframe)
        except NoDataError:
            without.append(name)
    if not found:
        names = ", ".join(lesson.symbols)
        message = f"None of {names} has {lesson.timeframe} history before {session.window.start}."
        raise NoDataError(message, "Start the session later, or trade other symbols.")
    return found, without


def _learning_window(session: SessionConfig, workspace: Workspace, lesson: Lesson) -> DateWindow:
    """What models learn from: years before the session, or the newest bars before a live one."""
    start = session.window.start
    if session.feed is FeedKind.LIVE:
        traded = workspace.instruments.find(lesson.symbols).values()
        return bars_until(start, traded, lesson.timeframe, session.live.history_bars)
    year, day = int(start[:4]) - session.train_years, start[4:]
    day = day.replace("-02-29", "-02-28")  # not every year has one
    return DateWindow(start=max(f"{year:04d}{day}", FIRST_DAY), end=start)


def fit_for_session(
    rows: SessionRows,
    chosen: Sequence[Candidate],
    mapper: Mapper,
    versions: ModelVersions,
    seed: int,
    on_done: Callable[[int], None],
) -> list[Model]:
    """Fit the chosen of the session's models, keep them as versions, and load them as they were saved."""
    end_ns = rows.session.window.start_ns
    span_ns = end_ns - int(rows.samples.ts_event[0])
    validation_ns = end_ns - min(VALIDATION_DAYS * NS_PER_DAY, span_ns // 2)
    live = rows.session.feed is FeedKind.LIVE
    embargo = f"{rows.lesson.horizon_bars}b" if live else "1d"
    fold = fixed_split(rows.samples, validation_ns, end_ns, embargo)
    models: list[Model] = []
    with TemporaryDirectory(prefix="tradewind-fit-") as folder:
        for part in by_rows(chosen):
            job = partial(_fit_and_save, part[0].rows(rows.samples), fold, seed, folder)
            before = len(models)
            seconds = mapper.map(job, part, on_done=partial(_shift, on_done, before))
            for candidate, took in zip(part, seconds, strict=True):
                model = load_model(Path(folder) / candidate.name)
                versions.add(model, metrics={}, train_seconds=took, created_ns=end_ns)
                models.append(model)
    return models


def _shift(on_done: Callable[[int], None], before: int, done: int) -> None:
    on_done(before + done)


def _fit_and_save(rows: Samples, fold: Fold, seed: int, folder: str, candidate: Candidate) -> float:
    """Fit in a worker and leave the artefact where the parent finds it; gives the seconds it took."""
    started = time.perf_counter()
    model = candidate.factory()
    model.fit(rows.take(fold.train), rows.take(fold.validation), seed)
    model.save(Path(folder) / candidate.name)
    return time.perf_counter() - started
