"""Models for a session: fitted once on all history before it, kept as versions, loaded back as saved."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tradewind.alphas.registry import load_model
from tradewind.alphas.versions import ModelVersions
from tradewind.app.compute.closing import let_go
from tradewind.app.config import TradewindConfig, Window
from tradewind.app.home import Home
from tradewind.app.market.history import instruments_for, load_series
from tradewind.app.research.features import build_features, common_names
from tradewind.app.research.models import NETWORKS, Candidate, Parameters, candidates, factor_names
from tradewind.app.session.strategies import Lesson, lessons
from tradewind.core.errors import NoDataError
from tradewind.core.panel import Samples
from tradewind.core.ports import Mapper, Model
from tradewind.core.timestamps import NS_PER_DAY, iso
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
    groups: list[ModelGroup] = []
    names: dict[str, None] = {}
    notes: list[str] = []
    for lesson in lessons(config):
        group, found, said = _learned(config, lesson, mapper, parameters or {}, on_progress)
        groups.append(group)
        names |= dict.fromkeys(found)
        notes += said
    return SessionModels(tuple(groups), tuple(names), tuple(notes), time.perf_counter() - started)


def _learned(
    config: TradewindConfig,
    lesson: Lesson,
    mapper: Mapper,
    parameters: Parameters,
    on_progress: Progress | None,
) -> tuple[ModelGroup, tuple[str, ...], list[str]]:
    """A group's models, the factors of its rows, and what is to be said of what it learned from."""
    series, without = _history(config, lesson)
    instruments = instruments_for(list(series))
    chosen = candidates(lesson.models, parameters)
    bars = [loaded.bars for loaded in series.values()]
    features = build_features(bars, instruments, lesson.horizon_bars, {}, factor_names(chosen))
    models = _fit_all(config, chosen, features.samples, mapper, on_progress)
    span = f"{iso(int(features.samples.ts_event[0]))[:10]} to {config.session.window.start}"
    on = "" if lesson.timeframe == "1d" else f" on {lesson.timeframe} bars"
    notes = [f"Models learned from {', '.join(series)} over {span}{on}."]
    if without:
        notes.append(f"No earlier history of {', '.join(without)}{on}: traded by what others taught.")
    group = ModelGroup(lesson.timeframe, lesson.horizon_bars, tuple(models))
    return group, common_names(features.samples, features.absent), notes


def _history(config: TradewindConfig, lesson: Lesson) -> tuple[dict[str, LoadedSeries], list[str]]:
    """Series of the lesson's symbols before the session, and the symbols that have none."""
    session = config.session
    end_year = int(session.window.start[:4]) - session.train_years
    window = Window(start=f"{end_year}{session.window.start[4:]}", end=session.window.start)
    found: dict[str, LoadedSeries] = {}
    without: list[str] = []
    for symbol in lesson.symbols:
        try:
            found |= load_series(config, [symbol], window, timeframe=lesson.timeframe)
        except NoDataError:
            without.append(symbol)
    if not found:
        symbols = ", ".join(lesson.symbols)
        message = f"None of {symbols} has {lesson.timeframe} history before {session.window.start}."
        raise NoDataError(message, "Start the session later, or trade other symbols.")
    return found, without


def _fit_all(
    config: TradewindConfig,
    chosen: Sequence[Candidate],
    samples: Samples,
    mapper: Mapper,
    on_progress: Progress | None,
) -> list[Model]:
    end_ns = config.session.window.start_ns
    span_ns = end_ns - int(samples.ts_event[0])
    fold = fixed_split(samples, end_ns - min(VALIDATION_DAYS * NS_PER_DAY, span_ns // 2), end_ns)
    versions = ModelVersions(Home(config.home).make().models)
    models: list[Model] = []
    with TemporaryDirectory(prefix="tradewind-fit-") as folder:
        for part in _parts(chosen):
            let_go(mapper)
            rows = part[0].rows(samples)
            job = partial(_fit_and_save, rows, fold, config.seed, folder)
            done_before = len(models)

            def hear(done: int, before: int = done_before) -> None:
                if on_progress is not None:
                    on_progress(before + done, len(chosen), "")

            seconds = mapper.map(job, part, on_done=hear)
            for candidate, took in zip(part, seconds, strict=True):
                model = load_model(Path(folder) / candidate.name)
                versions.add(model, metrics={}, train_seconds=took, created_ns=end_ns)
                models.append(model)
    return models


def _fit_and_save(rows: Samples, fold: Fold, seed: int, folder: str, candidate: Candidate) -> float:
    """Fit in a worker and leave the artefact where the parent finds it; gives the seconds it took."""
    started = time.perf_counter()
    model = candidate.factory()
    model.fit(rows.take(fold.train), rows.take(fold.validation), seed)
    model.save(Path(folder) / candidate.name)
    return time.perf_counter() - started


def _parts(chosen: Sequence[Candidate]) -> list[list[Candidate]]:
    """Candidates that learn from the same columns with the same libraries: rules, learners, networks."""
    rules = [candidate for candidate in chosen if candidate.is_rule]
    networks = [candidate for candidate in chosen if candidate.family == NETWORKS]
    others = [candidate for candidate in chosen if candidate not in (*rules, *networks)]
    return [part for part in (rules, others, networks) if part]
