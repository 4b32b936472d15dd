"""Models for people: fit those of the session, and show every version that is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


def with_session_models(config: TradewindConfig, models: Sequence[str]) -> TradewindConfig:
    """The configuration with other models for the session; empty leaves the configured ones.

    Raises
    ------
    RegistryError
        A model is unknown, or its library is not installed.
    """
    chosen = tuple(models) or config.session.models or config.research.models
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


def versions(config: TradewindConfig) -> list[VersionRow]:
    """All versions that are kept, by model, oldest first."""
    kept = ModelVersions(Home(config.home).models)
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
                )
            )
    return rows
