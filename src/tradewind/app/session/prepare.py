"""A session prepared for running: its models fitted, or found again as its journal says."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from tradewind.alphas.versions import ModelVersions
from tradewind.app.compute.closing import closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.home import Home
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.models import session_parameters
from tradewind.app.research.training import ModelGroup, SessionModels, look_up_models, train_for_session
from tradewind.app.session.active import require_as_begun
from tradewind.app.session.asked import caps_said
from tradewind.app.session.begun import begun_records
from tradewind.app.session.calibration import with_calibrated_costs
from tradewind.app.session.gate import gate_words, stopped_by_gate
from tradewind.app.session.imported_window import with_imported_window
from tradewind.app.session.live_plan import Warmup, from_now_on, load_warmup, plan_from_journal, plan_live
from tradewind.app.session.loading import SessionData, load_session_data
from tradewind.app.session.own_code import changed_parameters, own_code
from tradewind.app.session.plan import PromotionWord, SessionPlan, check_traded, plan_session
from tradewind.app.session.running import Tell
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.strategies import strategies_of
from tradewind.app.stage import Stage, hear
from tradewind.core.errors import ConfigError, JournalError, ModelError
from tradewind.core.events import AnyEvent, ModelStatus, ModelTerms, OverrideRecorded, SessionStarted
from tradewind.core.ports import Model
from tradewind.core.settings import dotted
from tradewind.core.vocabulary import FeedKind, SessionMode


def prepare_session(
    config: TradewindConfig, name: str, mode: SessionMode, on_stage: Stage, tell: Tell = lambda text: None
) -> SessionPlan:
    """Everything that a session needs; one that was begun goes on as its journal says it was begun.

    All that can be refused is refused before anything is fitted. ``tell`` hears before that why no order can
    come of the session, where the promotion gate has accepted none of its models.

    Raises
    ------
    ConfigError
        The configuration could not run, the name is none for a session, or one of that name has another mode.
    RegistryError
        The library of a model that is to learn is not installed.
    DataError
        There are no bars in the session's window that are fit to be traded.
    """
    begun = begun_records(Home(config.home).check().journal(name), name)
    check_config(config)
    if begun:
        kept = begun[0].mode if isinstance(begun[0], SessionStarted) else mode
        if kept is not mode:
            message = f"The session {name!r} was begun as {kept}; it cannot go on as {mode}."
            raise ConfigError(message, "Choose another --name.")
        return session_as_started(config, name)
    look_up_models(strategies_of(config))
    return _new_session(config, name, mode, on_stage, tell)


def _new_session(
    config: TradewindConfig, name: str, mode: SessionMode, on_stage: Stage, tell: Tell
) -> SessionPlan:
    live = config.session.feed is FeedKind.LIVE
    config, costs = with_calibrated_costs(config)
    notes: tuple[str, ...] = ()
    data: SessionData | None = None
    warmup: Warmup | None = None
    if live:
        config = from_now_on(config)
    strategies = strategies_of(config)
    on_stage("history", 0, 1, "")
    if live:
        warmup = load_warmup(config)
    else:
        workspace = open_workspace(config)
        config, notes = with_imported_window(config, strategies, workspace)
        data = load_session_data(config.session, strategies, workspace)
        check_traded(strategies, data)
    on_stage("history", 1, 1, "")
    home = Home(config.home).make()
    heard = tuple(dict.fromkeys(model for strategy in strategies for model in strategy.models))
    words = gate_words(home, heard)
    if warning := stopped_by_gate(strategies, words, override=config.session.override_gate):
        tell(warning)
    with closing(mapper_from(config.compute)) as mapper:
        models = train_for_session(
            config,
            mapper,
            parameters=session_parameters(config.research.model_parameters, capped=False),
            on_progress=hear(on_stage, "training"),
        )
    if warmup is not None:
        plan = plan_live(config, models, words, name, warmup, mode)
    else:
        plan = plan_session(config, models, words, name, mode, data)
    return replace(plan, notes=(*costs, *notes, *caps_said(config, heard), *plan.notes))


def session_as_started(config: TradewindConfig, name: str) -> SessionPlan:
    """The plan of a session that was begun before, exactly as the first records of its journal say.

    A later change of the configuration changes nothing of it; where the home lies is the caller's word.

    Raises
    ------
    JournalError
        There is no such session in the home folder, its journal is another session's, or does not say how
        it was begun.
    RegistryError
        A plug-in file that it used is gone, or is not the one that it was begun with.
    ModelError
        A model version that it used is gone, damaged, or not the one that it was begun with.
    """
    path = Home(config.home).check().journal(name)
    events = begun_records(path, name)
    if not events:
        message = f"No session called {name!r} was started in {config.home}."
        raise JournalError(message, "Run `tradewind paper` first, or name the right --home.")
    started = events[0]
    if not isinstance(started, SessionStarted):
        message = f"The journal {path} begins with {type(started).__name__}, not with the start of a session."
        raise JournalError(message, "Name the journal of a session.")
    require_as_begun(started)
    begun = _here(_configuration(started, path), config)
    _require_same_code(begun.session.strategies, started)
    models = SessionModels(_models(started, Home(config.home).models), started.factor_names, (), 0.0)
    words = {e.model: PromotionWord(e.model, e.verdict, e.reasons, e.figures) for e in _statuses(events[1:])}
    if begun.session.feed is FeedKind.LIVE:
        plan = plan_from_journal(begun, models, tuple(words.values()), path)
    else:
        plan = plan_session(begun, models, tuple(words.values()), started.session_id, started.mode)
    return replace(plan, notes=started.notes, active=started.plugins)


def _require_same_code(strategies: Sequence[StrategyConfig], started: SessionStarted) -> None:
    """An own strategy whose file is another now would decide otherwise than the journal says."""
    begun = {terms.strategy: terms for terms in started.strategies}
    for strategy in strategies:
        if not strategy.use:
            continue
        code, was = own_code(strategy), begun[strategy.name]
        if code.sha256 == was.parameters.get("sha256"):
            continue
        defaults = ", ".join(changed_parameters(was.own_parameters, code.parameters))
        also = f" Other defaults: {defaults}." if defaults else ""
        what = f"The file of the strategy {strategy.name}, {strategy.use},"
        if code.beside:
            what = f"{what} or one that it imports ({', '.join(file.name for file in code.beside)})"
        message = f"{what} has changed since it was begun."
        step = "Put the old one back, or start a new session under another --name."
        raise ConfigError(message + also, step)


def _here(begun: TradewindConfig, config: TradewindConfig) -> TradewindConfig:
    """What a session was begun with, at the places that the caller names now."""
    now = config.session.live
    sources = {name: getattr(now, name) for name in ("url", "rest_url", "standby")}
    live = begun.session.live.model_copy(update=sources)
    places = {name: getattr(config.session.broker, name) for name in ("rest_url", "stream_url")}
    broker = begun.session.broker.model_copy(update=places)
    session = begun.session.model_copy(update={"live": live, "broker": broker})
    return begun.model_copy(
        update={
            "home": config.home,
            "bars": config.bars,
            "plugins": config.plugins,
            "providers": config.providers,
            "session": session,
        }
    )


def _statuses(events: list[AnyEvent]) -> Iterator[ModelStatus]:
    """What stands right after the start: verdicts and overrides, until something else comes."""
    for event in events:
        if isinstance(event, ModelStatus):
            yield event
        elif not isinstance(event, OverrideRecorded):
            return


def _configuration(started: SessionStarted, path: Path) -> TradewindConfig:
    try:
        return TradewindConfig.model_validate(json.loads(started.configuration))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = f"The session in {path} was begun with {dotted(first['loc'])}, which is not known any more."
        raise JournalError(message, "Start a new session under another --name.") from error
    except ValueError as error:
        message = f"The first record of {path} holds no configuration: {error}."
        raise JournalError(message, "Start a new session under another --name.") from error


def _models(started: SessionStarted, folder: Path) -> tuple[ModelGroup, ...]:
    """The session's models by timeframe and horizon, each as it was when the session was begun."""
    versions = ModelVersions(folder)
    groups: dict[tuple[str, int], list[Model]] = {}
    for terms in started.models:
        model = _as_begun(versions, terms)
        groups.setdefault((sys.intern(terms.timeframe), terms.horizon_bars), []).append(model)
    return tuple(ModelGroup(*key, tuple(models)) for key, models in groups.items())


def _as_begun(versions: ModelVersions, terms: ModelTerms) -> Model:
    model = versions.load(terms.model, terms.version)
    found = versions.record(terms.model, terms.version).manifest_sha256
    if terms.sha256 and found != terms.sha256:
        message = (
            f"The files of {terms.model} {terms.version} have the hash {found[:16]}, and the session was "
            f"begun with {terms.sha256[:16]}."
        )
        raise ModelError(message, "Restore the model's folder from a copy, or start a new session.")
    return model
