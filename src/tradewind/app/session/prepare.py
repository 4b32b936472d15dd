"""A session prepared for running: its models fitted, or found again as its journal says."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tradewind.alphas.versions import ModelVersions
from tradewind.app.compute.closing import closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.home import Home
from tradewind.app.research.models import session_parameters
from tradewind.app.research.training import ModelGroup, SessionModels, look_up_models, train_for_session
from tradewind.app.session.active import require_as_begun
from tradewind.app.session.journals import open_journal
from tradewind.app.session.live_plan import from_now_on, plan_from_journal, plan_live
from tradewind.app.session.own_code import own_code
from tradewind.app.session.plan import PromotionWord, SessionPlan, plan_session
from tradewind.app.session.started import PLACES
from tradewind.app.session.strategies import strategies_of
from tradewind.app.stage import Stage, hear
from tradewind.core.errors import ConfigError, JournalError, ModelError
from tradewind.core.events import AnyEvent, ModelStatus, ModelTerms, OverrideRecorded, SessionStarted
from tradewind.core.ports import Model
from tradewind.core.settings import dotted
from tradewind.core.vocabulary import FeedKind, PromotionOutcome, SessionMode
from tradewind.validation.ledger import TrialLedger

_ELSEWHERE = ("session.live.url", "session.live.rest_url")
"""Where things lie is the caller's word, for a session that goes on too."""
_NOW = ("provider", "session.window.start", "session.window.end", "risk.data_stale")
"""What a live session was begun with because of the moment, not because somebody said so."""

UNJUDGED = PromotionOutcome.REFUSED
MOST_WORDS = 1_000
"""Records at the start of a journal among which the gate's words stand."""


def prepare_session(config: TradewindConfig, name: str, mode: SessionMode, on_stage: Stage) -> SessionPlan:
    """Everything that a session needs; one that was begun goes on as its journal says it was begun.

    Raises
    ------
    ConfigError
        The configuration could not run, the name is none for a session, or one of that name has another mode.
    RegistryError
        The library of a model that is to learn is not installed.
    """
    check_config(config)
    begun = _begun(Home(config.home).check().journal(name), name)
    if begun:
        kept = begun[0].mode if isinstance(begun[0], SessionStarted) else mode
        if kept is not mode:
            message = f"The session {name!r} was begun as {kept}; it cannot go on as {mode}."
            raise ConfigError(message, "Choose another --name.")
        return session_as_started(config, name)
    look_up_models(strategies_of(config))
    Home(config.home).make()
    live = config.session.feed is FeedKind.LIVE
    if live:
        config = from_now_on(config)
    with closing(mapper_from(config.compute)) as mapper:
        models = train_for_session(
            config,
            mapper,
            parameters=session_parameters(config.research.model_parameters, capped=False),
            on_progress=hear(on_stage, "training"),
        )
    words = gate_words(Home(config.home), models)
    return plan_live(config, models, words, name) if live else plan_session(config, models, words, name, mode)


def ignored(config: TradewindConfig, name: str) -> tuple[str, ...]:
    """What the configuration says otherwise than the session ``name`` was begun with, setting by setting.

    Empty for one that was not begun: a session that goes on keeps its own settings, and this says which of
    the given ones count for nothing.
    """
    begun = _begun(Home(config.home).check().journal(name), name)
    if not begun or not isinstance(begun[0], SessionStarted):
        return ()
    kept = json.loads(begun[0].configuration)
    given = config.model_dump(mode="json", exclude=PLACES)
    live = kept.get("session", {}).get("feed") == FeedKind.LIVE
    unsaid = (*_ELSEWHERE, *(_NOW if live else ()))
    return tuple(
        f"{way} stays {was!r}; {now!r} is ignored"
        for way, was, now in _differences(kept, given)
        if not any(f"{way}.".startswith(f"{said}.") for said in unsaid)
    )


def gate_words(home: Home, models: SessionModels) -> list[PromotionWord]:
    """The newest verdict on each model in the trial ledger; one that was never judged counts as refused."""
    verdicts = TrialLedger(home.ledger).newest_verdicts()
    never = ("It was never judged: run `tradewind validate` first.",)
    words = []
    for name in dict.fromkeys(model.name for model in models.models):
        verdict, reasons = verdicts.get(name, (UNJUDGED, never))
        words.append(PromotionWord(name, PromotionOutcome(verdict), reasons))
    return words


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
    events = _begun(path, name)
    if not events:
        message = f"No session called {name!r} was started in {config.home}."
        raise JournalError(message, "Run `tradewind paper` first, or name the right --home.")
    started = events[0]
    if not isinstance(started, SessionStarted):
        message = f"The journal {path} begins with {type(started).__name__}, not with the start of a session."
        raise JournalError(message, "Name the journal of a session.")
    require_as_begun(started)
    begun = _here(_configuration(started, path), config)
    models = SessionModels(_models(started, Home(config.home).models), started.factor_names, (), 0.0)
    words = {e.model: PromotionWord(e.model, e.verdict, e.reasons, e.figures) for e in _statuses(events[1:])}
    if begun.session.feed is FeedKind.LIVE:
        plan = plan_from_journal(begun, models, tuple(words.values()), path)
        return replace(plan, active=started.plugins)
    plan = plan_session(begun, models, tuple(words.values()), started.session_id, started.mode)
    _require_same_code(plan, started)
    return replace(plan, notes=started.notes, active=started.plugins)


def _require_same_code(plan: SessionPlan, started: SessionStarted) -> None:
    """An own strategy whose file is another now would decide otherwise than the journal says."""
    begun = {terms.strategy: terms.parameters.get("sha256", "") for terms in started.strategies}
    for strategy in plan.strategies:
        if strategy.use and own_code(strategy).sha256 != begun.get(strategy.name):
            message = (
                f"The file of the strategy {strategy.name}, {strategy.use}, has changed since it was begun."
            )
            raise ConfigError(message, "Put the old one back, or start a new session under another --name.")


def _here(begun: TradewindConfig, config: TradewindConfig) -> TradewindConfig:
    """What a session was begun with, at the places that the caller names now."""
    now = config.session.live
    live = begun.session.live.model_copy(update={"url": now.url, "rest_url": now.rest_url})
    session = begun.session.model_copy(update={"live": live})
    return begun.model_copy(update={"home": config.home, "plugins": config.plugins, "session": session})


def _begun(path: Path, name: str) -> list[AnyEvent]:
    """The start of the journal of that name; JournalError where another session's records lie there."""
    events = first_records(path)
    if events and isinstance(events[0], SessionStarted) and events[0].session_id != name:
        message = f"The journal {path} holds the session {events[0].session_id!r}, not {name!r}."
        raise JournalError(message, "Name its files after the session that they hold, and ask for that one.")
    return events


def first_records(path: Path) -> list[AnyEvent]:
    """The start of a journal; empty where there is none, or nothing was made durable in it."""
    if not path.exists():
        return []
    with open_journal(path) as reader:
        return [record.event for record in islice(reader.read(1, MOST_WORDS), MOST_WORDS)]


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


def _differences(old: Any, new: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two plain values differ, and what each has there; None where one has nothing."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _differences(old.get(key), new.get(key), f"{at}.{key}" if at else key)
    elif old != new:
        yield at, old, new
