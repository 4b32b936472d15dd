"""A session prepared for running: its models fitted or taken from disk, and the gate's word on each."""

from typing import Any

import msgspec

from tradewind.alphas.versions import ModelVersions
from tradewind.app.compute.closing import PRELOAD, closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.app.research.models import session_parameters
from tradewind.app.research.training import SessionModels, train_for_session
from tradewind.app.session.plan import GateWord, SessionPlan, plan_session
from tradewind.app.stage import Stage, hear
from tradewind.core.errors import JournalError, ModelError
from tradewind.validation.ledger import TrialLedger

UNJUDGED = "refused"
SUFFIX = ".session.json"


class KeptSession(msgspec.Struct, frozen=True, kw_only=True):
    """What a session was started with, so that a resumed or replayed one is the same.

    ``config`` is the configuration in force at its start; a later change of the file changes nothing of it.
    """

    mode: str
    config: dict[str, Any]
    versions: dict[str, str]
    names: tuple[str, ...]
    horizon_bars: int
    notes: tuple[str, ...]
    words: tuple[GateWord, ...]


def prepare_session(config: TradewindConfig, name: str, mode: str, on_stage: Stage) -> SessionPlan:
    """Everything that a session needs; one that was begun keeps the models it was begun with."""
    if (Home(config.home).make().journals / f"{name}{SUFFIX}").exists():
        return session_as_started(config, name)
    with closing(mapper_from(config.compute, preload=PRELOAD)) as mapper:
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
    return [GateWord(model.name, *verdicts.get(model.name, (UNJUDGED, never))) for model in models.models]


def keep(config: TradewindConfig, name: str, mode: str, models: SessionModels, words: list[GateWord]) -> None:
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
    path = Home(config.home).make().journals / f"{name}{SUFFIX}"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(kept)))


def session_as_started(config: TradewindConfig, name: str) -> SessionPlan:
    """The plan of a session that was begun before, exactly as it was begun.

    Raises
    ------
    JournalError
        There is no such session in the home folder.
    ModelError
        Its description, or a model version that it used, is damaged or gone.
    """
    path = Home(config.home).journals / f"{name}{SUFFIX}"
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=KeptSession)
    except FileNotFoundError as error:
        message = f"No session called {name!r} was started in {config.home}."
        raise JournalError(message, "Run `tradewind paper` first, or name the right --home.") from error
    except msgspec.DecodeError as error:
        message = f"{path} is damaged: {error}."
        raise ModelError(message, "Restore it from a copy, or start a new session.") from error
    begun = TradewindConfig.model_validate(kept.config).model_copy(update={"home": config.home})
    versions = ModelVersions(Home(config.home).models)
    models = tuple(versions.load(model, version) for model, version in kept.versions.items())
    session_models = SessionModels(models, kept.names, kept.horizon_bars, kept.notes, 0.0)
    return plan_session(begun, session_models, kept.words, name, kept.mode)
