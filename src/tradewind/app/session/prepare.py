"""A session prepared for running: its models fitted or taken from disk, and the gate's word on each."""

from collections.abc import Iterator
from typing import Any

import msgspec
from pydantic import ValidationError

from tradewind.alphas.versions import ModelVersions
from tradewind.app.compute.closing import closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.home import Home
from tradewind.app.research.models import session_parameters
from tradewind.app.research.training import SessionModels, train_for_session
from tradewind.app.session.plan import GateWord, SessionPlan, plan_session
from tradewind.app.stage import Stage, hear
from tradewind.core.errors import ConfigError, JournalError, ModelError
from tradewind.core.settings import dotted
from tradewind.core.vocabulary import PromotionOutcome, SessionMode
from tradewind.store.files import write_whole
from tradewind.validation.ledger import TrialLedger

UNJUDGED = PromotionOutcome.REFUSED


class KeptSession(msgspec.Struct, frozen=True, kw_only=True):
    """What a session was started with, so that a resumed or replayed one is the same.

    ``config`` is the configuration in force at its start; a later change of the file changes nothing of it.
    """

    mode: SessionMode
    config: dict[str, Any]
    versions: dict[str, str]
    names: tuple[str, ...]
    horizon_bars: int
    notes: tuple[str, ...]
    words: tuple[GateWord, ...]


def prepare_session(config: TradewindConfig, name: str, mode: SessionMode, on_stage: Stage) -> SessionPlan:
    """Everything that a session needs; one that was begun keeps what it was begun with.

    Raises
    ------
    ConfigError
        The configuration could not run, the name is none for a session, or one of that name has another mode.
    """
    check_config(config)
    if Home(config.home).check().beginning(name).exists():
        kept = _kept(config, name)
        if kept.mode != mode:
            message = f"The session {name!r} was begun as {kept.mode}; it cannot go on as {mode}."
            raise ConfigError(message, "Choose another --name.")
        return _plan(config, name, kept)
    Home(config.home).make()
    with closing(mapper_from(config.compute)) as mapper:
        models = train_for_session(
            config,
            mapper,
            parameters=session_parameters(config.research.model_parameters, capped=False),
            on_progress=hear(on_stage, "training"),
        )
    words = gate_words(config, models)
    keep(config, name, mode, models, words)
    return plan_session(config, models, words, name, mode)


def gate_words(config: TradewindConfig, models: SessionModels) -> list[GateWord]:
    """The newest verdict on each model in the trial ledger; one that was never judged counts as refused."""
    verdicts = TrialLedger(Home(config.home).ledger).newest_verdicts()
    never = ("It was never judged: run `tradewind validate` first.",)
    words = []
    for model in models.models:
        verdict, reasons = verdicts.get(model.name, (UNJUDGED, never))
        words.append(GateWord(model.name, PromotionOutcome(verdict), reasons))
    return words


def keep(
    config: TradewindConfig, name: str, mode: SessionMode, models: SessionModels, words: list[GateWord]
) -> None:
    """Write down what the session was started with, beside its journal."""
    kept = KeptSession(
        mode=mode,
        config=config.model_dump(mode="json"),
        versions={model.name: model.version for model in models.models},
        names=models.names,
        horizon_bars=models.horizon_bars,
        notes=models.notes,
        words=tuple(words),
    )
    path = Home(config.home).make().beginning(name)
    write_whole(path, msgspec.json.format(msgspec.json.encode(kept)))


def ignored(config: TradewindConfig, name: str) -> tuple[str, ...]:
    """What the configuration says otherwise than the session ``name`` was begun with, setting by setting.

    Empty for one that was not begun: a session that goes on keeps its own settings, and this says which of
    the given ones count for nothing.
    """
    if not Home(config.home).check().beginning(name).exists():
        return ()
    kept, given = _kept(config, name).config, config.model_dump(mode="json")
    return tuple(
        f"{way} stays {was!r}; {now!r} is ignored"
        for way, was, now in _differences(kept, given)
        if way != "home"
    )


def session_as_started(config: TradewindConfig, name: str) -> SessionPlan:
    """The plan of a session that was begun before, exactly as it was begun.

    Raises
    ------
    JournalError
        There is no such session in the home folder.
    ModelError
        Its description, or a model version that it used, is damaged or gone.
    """
    return _plan(config, name, _kept(config, name))


def _kept(config: TradewindConfig, name: str) -> KeptSession:
    path = Home(config.home).check().beginning(name)
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeptSession)
    except FileNotFoundError as error:
        message = f"No session called {name!r} was started in {config.home}."
        raise JournalError(message, "Run `tradewind paper` first, or name the right --home.") from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise JournalError(message, "Make it readable, or start a new session.") from error
    except msgspec.DecodeError as error:
        message = f"{path} is damaged: {error}."
        raise ModelError(message, "Restore it from a copy, or start a new session.") from error


def _plan(config: TradewindConfig, name: str, kept: KeptSession) -> SessionPlan:
    try:
        begun = TradewindConfig.model_validate(kept.config).model_copy(update={"home": config.home})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = f"The session {name!r} was begun with {dotted(first['loc'])}, which is not known any more."
        raise JournalError(message, "Start a new session under another --name.") from error
    versions = ModelVersions(Home(config.home).models)
    models = tuple(versions.load(model, version) for model, version in kept.versions.items())
    session_models = SessionModels(models, kept.names, kept.horizon_bars, kept.notes, 0.0)
    return plan_session(begun, session_models, kept.words, name, kept.mode)


def _differences(old: Any, new: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two plain values differ, and what each has there; None where one has nothing."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _differences(old.get(key), new.get(key), f"{at}.{key}" if at else key)
    elif old != new:
        yield at, old, new
