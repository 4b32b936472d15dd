"""What a version of a model is, as it is kept on disk beside the model's files."""

import msgspec


class VersionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a version is; it never changes. ``description`` is the model's own ``describe()``."""

    model: str
    version: str
    created_ns: int
    code_version: str
    train_seconds: float
    metrics: dict[str, float | None]
    description: dict[str, object]
    manifest_sha256: str
    """Hash of the artefact's manifest, which holds the hash of each file."""
    plugin: str = ""
    """The file from outside the package that the model's kind is written in."""
