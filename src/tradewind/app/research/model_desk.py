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
from tradewind.core.timestamps import iso

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class VersionRow:
    """One version of one model. ``learned_until`` is the end of the history that it was fitted on."""

    model: str
    version: str
    state: str
    learned_until: str
    code_version: str
    train_seconds: float
    goes_by: dict[str, float] = field(default_factory=dict)
    """Importance of its most important factors, as shares of all; empty where it has none of its own."""


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
    """All versions that are kept, by model, oldest first, each with the ``factors`` that it goes by most."""
    kept = ModelVersions(home.models)
    rows = []
    for name in kept.models():
        for version, state in kept.states(name).items():
            record = kept.record(name, version)
            rows.append(
                VersionRow(
                    model=name,
                    version=version,
                    state=str(state),
                    learned_until=iso(record.created_ns),
                    code_version=record.code_version,
                    train_seconds=record.train_seconds,
                    goes_by=_goes_by(kept, name, version, factors),
                )
            )
    return rows


def _goes_by(kept: ModelVersions, name: str, version: str, factors: int) -> dict[str, float]:
    model = kept.load(name, version)
    # Networks go by permuted rows only, which a list of versions does not have.
    if not isinstance(model, AnyModel) or model.importance() is None:
        return {}
    said = explain(model)
    return {factor: share for factor, share in list(said.items())[:factors] if share > 0.0}
