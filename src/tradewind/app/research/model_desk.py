"""Models for people: fit those of the session, and show every version that is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tradewind.alphas.explanations import AnyModel, explain
from tradewind.alphas.versions import ModelVersions
from tradewind.app.compute.closing import closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.home import Home
from tradewind.app.research.models import candidates, session_parameters
from tradewind.app.research.training import SessionModels, train_for_session
from tradewind.core.errors import ModelError, TradewindError
from tradewind.core.timestamps import iso

_DAMAGED = "damaged"
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class VersionRow:
    """One version of one model. ``learned_until`` is the end of the history that it was fitted on.

    ``problem`` says why it cannot be opened, such as a damaged file; what its files do not tell is empty.
    """

    model: str
    version: str
    state: str
    learned_until: str = ""
    code_version: str = ""
    train_seconds: float = 0.0
    goes_by: dict[str, float] = field(default_factory=dict)
    """Importance of its most important factors, as shares of all; empty where it has none of its own."""
    problem: str = ""


def with_session_models(config: TradewindConfig, models: Sequence[str]) -> TradewindConfig:
    """The configuration with other models for the session; empty leaves the configured ones.

    Raises
    ------
    RegistryError
        One of ``models`` is unknown, or its library is not installed. The configured ones are looked up where
        they are to learn: the versions that are kept can be listed without their libraries.
    """
    if not models:
        return config
    chosen = tuple(models)
    candidates(chosen, {})
    return config.model_copy(update={"session": config.session.model_copy(update={"models": chosen})})


def train(config: TradewindConfig, on_progress: Progress | None = None) -> SessionModels:
    """Fit the session's models exactly as a session would, and keep each as a version."""
    check_config(config)
    with closing(mapper_from(config.compute)) as mapper:
        return train_for_session(
            config,
            mapper,
            parameters=session_parameters(config.research.model_parameters, capped=False),
            on_progress=on_progress,
        )


def versions(home: Home, *, factors: int = 3) -> list[VersionRow]:
    """All versions that are kept, by model, oldest first, each with the ``factors`` that it goes by most.

    One that cannot be opened is a row as well, with its ``problem``; so is a model whose list of versions
    is damaged, without a version.
    """
    kept = ModelVersions(home.models)
    rows = []
    for name in kept.models():
        try:
            states = kept.states(name)
        except TradewindError as error:
            rows.append(VersionRow(model=name, version="", state=_DAMAGED, problem=str(error)))
            continue
        rows += [_version_row(kept, name, version, str(state), factors) for version, state in states.items()]
    return rows


def _version_row(kept: ModelVersions, name: str, version: str, state: str, factors: int) -> VersionRow:
    try:
        record = kept.record(name, version)
        goes_by = _goes_by(kept, name, version, factors)
    except ModelError as error:
        return VersionRow(model=name, version=version, state=_DAMAGED, problem=str(error))
    except TradewindError as error:  # whole, but its library is not installed here
        return VersionRow(model=name, version=version, state=state, problem=str(error))
    return VersionRow(
        model=name,
        version=version,
        state=state,
        learned_until=iso(record.created_ns),
        code_version=record.code_version,
        train_seconds=record.train_seconds,
        goes_by=goes_by,
    )


def _goes_by(kept: ModelVersions, name: str, version: str, factors: int) -> dict[str, float]:
    model = kept.load(name, version)
    # Networks go by permuted rows only, which a list of versions does not have.
    if not isinstance(model, AnyModel) or model.importance() is None:
        return {}
    said = explain(model)
    return {factor: share for factor, share in list(said.items())[:factors] if share > 0.0}
