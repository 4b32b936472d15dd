"""Whole files: one data file a folder, named ``<generation>-<SHA-256>.parquet``.

A new generation is written beside the old one under a temporary name, synced, renamed, and only then is
the old one removed. So at any moment, and after a crash at any moment, the folder has a whole file, and its
name says what its contents must hash to (``sha256sum`` checks it without this program).
"""

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from tradewind.core.errors import CorruptFileError, StoreError

_NAME = re.compile(r"(\d{8})-([0-9a-f]{64})\.parquet")
_ATTEMPTS = 20
_POLL_S = 0.005
"""How often a writer that waits for its turn looks again; a write takes some milliseconds."""


class DataFile(NamedTuple):
    """A data file as its name describes it."""

    path: Path
    generation: int
    sha256: str


def current_file(folder: Path) -> DataFile | None:
    """The newest generation in the folder; None when it has none."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    found = max((match for match in map(_NAME.fullmatch, names) if match), key=_generation, default=None)
    return DataFile(folder / found[0], int(found[1]), found[2]) if found else None


def read_checked(folder: Path) -> tuple[DataFile, bytes] | None:
    """The newest generation and its bytes, checked against its hash; None when the folder has none.

    Raises
    ------
    CorruptFileError
        The bytes are not those that were written. The file is left as it is.
    """
    for _ in range(_ATTEMPTS):
        file = current_file(folder)
        if file is None:
            return None
        with plain_errors(file.path):
            try:
                data = file.path.read_bytes()
            except FileNotFoundError:
                continue  # A writer has just put a newer generation in its place.
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise corrupt(file.path, "its contents do not have the SHA-256 that its name says")
        return file, data
    message = f"The file in {folder} was replaced {_ATTEMPTS} times while it was being read."
    raise StoreError(message, "Read it again when the writer is done.")


def corrupt(path: Path, what: str) -> CorruptFileError:
    """The error for a damaged file, with what to do about it."""
    message = f"The stored file {path} is damaged: {what}."
    return CorruptFileError(message, "Move it out of the folder, then fetch or compute its range again.")


def replace_file(folder: Path, data: bytes) -> bool:
    """Make ``data`` the folder's file; False when it is that already. The caller holds :func:`locked`."""
    sha256 = hashlib.sha256(data).hexdigest()
    old = current_file(folder)
    if old is not None and old.sha256 == sha256:
        return False
    generation = old.generation + 1 if old is not None else 1
    write_whole(folder / f"{generation:08d}-{sha256}.parquet", data)
    _remove_leftovers(folder, generation)
    return True


def remove_files(folder: Path) -> None:
    """Remove the folder's data files, the newest first, so that no old one takes its place.

    The caller holds :func:`locked`.
    """
    with plain_errors(folder):
        for path in sorted(folder.glob("*.parquet"), reverse=True):
            path.unlink(missing_ok=True)
        _sync_folder(folder)


def write_whole(path: Path, data: bytes) -> None:
    """Write and sync under a temporary name, then rename: whole or not at all.

    Raises
    ------
    StoreError
        The disk is full or refuses; what was there before is untouched.
    """
    temporary = path.with_name(f".{os.getpid()}-{path.name[:80]}.tmp")
    with plain_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other writers, of this process and others; waits for its turn."""
    lock = FileLock(folder / ".lock", poll_interval=_POLL_S)
    with plain_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Let only the store's own errors out of the block."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = f"No room on the disk to write {path}; what was stored before is untouched."
            raise StoreError(message, "Free some space and save it again.") from error
        message = f"{path} cannot be read or written: {error.strerror}."
        raise StoreError(message, "Check the folder, its permissions and the disk.") from error


def _generation(match: re.Match[str]) -> str:
    return match[1]


def _remove_leftovers(folder: Path, newest: int) -> None:
    """Older generations, and temporary files of writers that died."""
    with plain_errors(folder):
        for path in folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if path.name.endswith(".tmp") or (match and int(match[1]) < newest):
                path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename in the folder durable; where a folder cannot be opened, nothing."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
