"""Every version of every model on disk: what it was made of, how it did, and what it may do.

::

    <root>/<model>/states.json             state of each version, and who changed it when
    <root>/<model>/<version>/record.json   parameters, data range and hash, factors, metrics: written once
    <root>/<model>/<version>/card.md       the same for people
    <root>/<model>/<version>/artefact/     the model's files and their hashes

A version is a hash of parameters, seed and data, so it is never written twice. At most one version of a
model is champion; naming another retires it, in the same atomic write.
"""

import shutil
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from tradewind.alphas.artefacts import load_files, parse, sha256, to_json, write_atomic
from tradewind.alphas.cards import model_card
from tradewind.alphas.registry import MODELS, load_model
from tradewind.alphas.version_record import VersionRecord
from tradewind.core.errors import ModelError
from tradewind.core.plugins import failures_in_words, file_of
from tradewind.core.ports import Model
from tradewind.core.version import VERSION


class VersionState(StrEnum):
    """What a version may do: be looked at, run beside, trade, or rest."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    CHAMPION = "champion"
    RETIRED = "retired"


MOVES = {
    VersionState.CANDIDATE: {VersionState.SHADOW, VersionState.CHAMPION, VersionState.RETIRED},
    VersionState.SHADOW: {VersionState.CHAMPION, VersionState.RETIRED},
    VersionState.CHAMPION: {VersionState.SHADOW, VersionState.RETIRED},
    VersionState.RETIRED: {VersionState.CANDIDATE},
}
"""Allowed changes. Candidate to champion skips the shadow stage: a person's override."""


class StateChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of state; ``ts_ns`` is given by the caller."""

    version: str
    state: VersionState
    ts_ns: int
    reason: str


class ModelVersions:
    """The registry of versions under ``root``. One process writes at a time; any may read."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(
        self, model: Model, *, metrics: Mapping[str, float], train_seconds: float, created_ns: int
    ) -> VersionRecord:
        """Keep a fitted model as a candidate; one that is there already is returned as it is.

        The version appears whole or not at all: it is written beside and then renamed.
        """
        folder = self.root / model.name / model.version
        if folder.exists():
            return self.record(model.name, model.version)
        part = folder.with_name(f".{model.version}.part")
        shutil.rmtree(part, ignore_errors=True)
        model.save(part / "artefact")
        described = msgspec.json.decode(msgspec.json.encode(dict(model.describe())))
        record = VersionRecord(
            model=model.name,
            version=model.version,
            created_ns=created_ns,
            code_version=VERSION,
            train_seconds=train_seconds,
            metrics={name: float(value) for name, value in metrics.items()},
            description=described,
            manifest_sha256=sha256((part / "artefact" / "manifest.json").read_bytes()),
            plugin=_plugin_of(model.name),
        )
        write_atomic(part / "record.json", to_json(record))
        write_atomic(part / "card.md", model_card(record).encode())
        part.rename(folder)
        self._append(model.name, [_change(model.version, VersionState.CANDIDATE, created_ns, "trained")])
        return record

    def record(self, model: str, version: str) -> VersionRecord:
        """What the version is; ModelError when there is none of that name or its record is damaged."""
        path = self._folder(model, version) / "record.json"
        return parse(_read(path), VersionRecord, path)

    def has(self, model: str, version: str) -> bool:
        """Whether the version is kept."""
        return (self.root / model / version / "record.json").is_file()

    def card(self, model: str, version: str) -> str:
        """The model card, Markdown."""
        return _read(self._folder(model, version) / "card.md").decode()

    def load(self, model: str, version: str) -> Model:
        """The fitted model.

        Raises
        ------
        ModelError
            A byte of its files is not what was saved, or the plug-in file that it is written in is gone.
        """
        folder = self._folder(model, version) / "artefact"
        load_files(folder)
        record = self.record(model, version)
        if sha256(_read(folder / "manifest.json")) != record.manifest_sha256:
            message = f"The manifest of {model} {version} is not the one that was saved."
            raise ModelError(message, "Restore it from a copy, or train the model again.")
        if record.plugin and model not in MODELS.names():
            message = (
                f"The model {model} {version} is of the plug-in file {record.plugin}, which is not there."
                f"{failures_in_words()}"
            )
            raise ModelError(message, "Name its folder under plugins: in the configuration.")
        return load_model(folder)

    def models(self) -> list[str]:
        """Names of the models that have a version."""
        if not self.root.is_dir():
            return []
        return sorted(path.name for path in self.root.iterdir() if (path / "states.json").is_file())

    def states(self, model: str) -> dict[str, VersionState]:
        """State of each version, in the order in which they were added."""
        return {change.version: change.state for change in self.history(model)}

    def history(self, model: str) -> list[StateChange]:
        """All changes of state, oldest first."""
        path = self.root / model / "states.json"
        return parse(_read(path), list[StateChange], path) if path.exists() else []

    def champion(self, model: str) -> str | None:
        """Version that trades, if any."""
        states = self.states(model)
        return next((v for v, state in states.items() if state is VersionState.CHAMPION), None)

    def set_state(self, model: str, version: str, state: VersionState, *, reason: str, ts_ns: int) -> None:
        """Change a version's state; a new champion retires the old one.

        Raises
        ------
        ModelError
            There is no such version, no reason is given, or the change is not an allowed one.
        """
        states = self.states(model)
        if version not in states:
            message = f"There is no version {version!r} of the model {model!r}."
            raise ModelError(message, f"Known are: {', '.join(states) or 'none'}.")
        if state not in MOVES[states[version]]:
            message = f"The version {version} of {model} is {states[version]} and cannot become {state}."
            raise ModelError(message, f"It can become {', '.join(sorted(MOVES[states[version]]))}.")
        if not reason.strip():
            message = f"The change of {model} {version} to {state} has no reason."
            raise ModelError(message, "Say why: it is kept with the version.")
        changes = [_change(version, state, ts_ns, reason)]
        former = self.champion(model)
        if state is VersionState.CHAMPION and former is not None:
            changes.insert(0, _change(former, VersionState.RETIRED, ts_ns, f"followed by {version}"))
        self._append(model, changes)

    def _append(self, model: str, changes: list[StateChange]) -> None:
        write_atomic(self.root / model / "states.json", to_json(self.history(model) + changes))

    def _folder(self, model: str, version: str) -> Path:
        folder = self.root / model / version
        if Path(model).name != model or Path(version).name != version or not folder.is_dir():
            message = f"There is no version {version!r} of the model {model!r}."
            raise ModelError(message, f"Known are: {', '.join(self.states(Path(model).name)) or 'none'}.")
        return folder


def _change(version: str, state: VersionState, ts_ns: int, reason: str) -> StateChange:
    return StateChange(version=version, state=state, ts_ns=ts_ns, reason=reason)


def _plugin_of(model: str) -> str:
    """The file from outside that a model's kind is written in; empty for one of the package."""
    found = (entry for entry in MODELS.entries() if entry.name == model and entry.outside)
    return next((file_of(entry.module).name for entry in found), "")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"The file {path} cannot be read: {error.strerror}."
        raise ModelError(message, "Check the folder, or train the model again.") from error
