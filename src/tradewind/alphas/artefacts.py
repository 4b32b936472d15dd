"""Model files on disk: plain data only, each with its SHA-256, so that a changed byte is noticed.

Nothing here unpickles or runs what it reads. ``manifest.json`` is written last: a save that was cut off
leaves a manifest that does not match, never a mixture that loads.
"""

import hashlib
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from tradewind.core.errors import ModelError

MANIFEST = "manifest.json"
MODEL = "model.json"
S = TypeVar("S")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What every ``model.json`` holds: which model, built with which parameters."""

    model: str
    parameters: dict[str, object]


def write_atomic(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` as a whole, durable before it takes the name."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def sha256(data: bytes) -> str:
    """All 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def save_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` into ``folder`` (made where missing) and then the manifest of their hashes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        write_atomic(folder / name, data)
    hashes = {name: sha256(data) for name, data in sorted(files.items())}
    write_atomic(folder / MANIFEST, to_json(hashes))


def load_files(folder: Path) -> dict[str, bytes]:
    """The files that the manifest names.

    Raises
    ------
    ModelError
        No manifest, a file that is missing, or one whose bytes are not those that were saved.
    """
    hashes = parse(_read(folder / MANIFEST), dict[str, str], folder / MANIFEST)
    files: dict[str, bytes] = {}
    for name, expected in hashes.items():
        if Path(name).name != name:
            message = f"The manifest of {folder} names {name!r}, which is not a plain file name."
            raise ModelError(message, "Do not load it; train the model again.")
        data = _read(folder / name)
        if sha256(data) != expected:
            message = (
                f"The file {folder / name} is not the one that was saved (SHA-256 {sha256(data)[:12]}…)."
            )
            raise ModelError(message, "Restore it from a copy, or train the model again.")
        files[name] = data
    return files


def identity_of(files: Mapping[str, bytes], folder: Path) -> Identity:
    """Which model the files are of; ModelError when they are of none."""
    if MODEL not in files:
        message = f"The folder {folder} holds no {MODEL}."
        raise ModelError(message, "Name a folder that a model was saved to.")
    return parse(files[MODEL], Identity, folder / MODEL)


def load_files_of(folder: Path, model: str, parameters: Mapping[str, object]) -> dict[str, bytes]:
    """:func:`load_files`, and a ModelError when they are of another model or of other parameters."""
    files = load_files(folder)
    found = identity_of(files, folder)
    plain = msgspec.json.decode(msgspec.json.encode(dict(parameters)))
    if found.model != model or found.parameters != plain:
        message = f"The folder {folder} holds the model {found.model!r} with {found.parameters}."
        raise ModelError(message, "Load it with alphas.registry.load_model, which builds the right one.")
    return files


def to_json(value: object) -> bytes:
    """Indented JSON; floats keep every bit."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def parse(data: bytes, kind: type[S], source: Path) -> S:
    """``data`` as ``kind``; ModelError naming ``source`` when it is something else."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        message = f"The file {source} is not what a model writes: {error}."
        raise ModelError(message, "Restore it from a copy, or train the model again.") from error


def pack_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Arrays as one npz, byte for byte the same for the same arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack_arrays(data: bytes) -> dict[str, NDArray[np.generic]]:
    """The arrays of an npz; object arrays, which would need pickle, are refused."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, KeyError) as error:
        message = f"The stored arrays cannot be read: {error}."
        raise ModelError(message, "Train the model again.") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"The model file {path} cannot be read: {error.strerror}."
        raise ModelError(message, "Check the folder, or train the model again.") from error
