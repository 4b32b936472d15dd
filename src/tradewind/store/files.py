"""Whole files: one data file a folder, named ``<generation>-<SHA-256>.parquet``.

A new generation is written beside the old one under a temporary name, synced, renamed, the folder synced, and
only then is the old one removed. So at any moment, and after a crash or a power cut at any moment, the folder
has a whole file, and its name says what its contents must hash to (``sha256sum`` checks it without this
program). A call that returned has its result on the disk; one that did not has left the old file or the new.
"""

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from tradewind.core.errors import CorruptFileError, StoreError
from tradewind.store import disk

_NAME = re.compile(r"(\d{8,})-([0-9a-f]{64})\.parquet")
_ATTEMPTS = 20
_POLL_S = 0.005
"""How often a writer that waits for its turn looks again; a write takes some milliseconds."""


class DataFile(NamedTuple):
    """A data file as its name describes it."""

    path: Path
    generation: int
    sha256: str


def current_file(folder: Path) -> DataFile | None:
    """The newest generation in the folder; None when it has none. StoreError where it cannot be read."""
    return max(_data_files(folder), key=_generation, default=None)


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
        with plain_errors(folder):
            disk.sync_folder(folder)  # Its writer may have died between renaming it and this.
        _remove_leftovers(folder, old.generation)
        return False
    generation = old.generation + 1 if old is not None else 1
    write_whole(folder / f"{generation:08d}-{sha256}.parquet", data)
    _remove_leftovers(folder, generation)
    return True


def remove_files(folder: Path) -> None:
    """Remove the folder's data files. The caller holds :func:`locked`.

    The newest is the last to go, once it is certain that the others are gone: an old one would take its
    place. Where none is left the folder is synced all the same: who removed it may have died before.
    """
    newest = current_file(folder)
    with plain_errors(folder):
        if newest is not None:
            _remove_leftovers(folder, newest.generation)
            disk.sync_folder(folder)
            disk.remove(newest.path)
        disk.sync_folder(folder)


def write_whole(path: Path, data: bytes) -> None:
    """Write and sync under a temporary name, then rename: whole or not at all.

    Raises
    ------
    StoreError
        The disk is full or refuses; what was there before is untouched.
    """
    temporary = path.with_name(f".{os.getpid()}-{path.name[:80]}.tmp")
    with plain_errors(path):
        _make_folders(path.parent)
        try:
            with disk.create(temporary) as file:
                disk.write(file, data)
                disk.sync(file)
            disk.rename(temporary, path)
        except OSError:
            with suppress(OSError):  # The first error is the one to tell; the next writer removes the file.
                disk.remove(temporary)
            raise
        disk.sync_folder(path.parent)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other writers, of this process and others; waits for its turn."""
    lock = FileLock(folder / ".lock", poll_interval=_POLL_S)
    with plain_errors(folder):
        _make_folders(folder)
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


def _data_files(folder: Path) -> list[DataFile]:
    with plain_errors(folder):
        try:
            names = os.listdir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
    matches = filter(None, map(_NAME.fullmatch, names))
    return [DataFile(folder / match[0], int(match[1]), match[2]) for match in matches]


def _generation(file: DataFile) -> int:
    return file.generation


def _remove_leftovers(folder: Path, newest: int) -> None:
    """Older generations, and temporary files of writers that died."""
    with plain_errors(folder):
        for file in sorted(_data_files(folder), key=_generation):
            if file.generation < newest:
                disk.remove(file.path)
        for path in folder.glob(".*.tmp"):
            disk.remove(path)


def _make_folders(folder: Path) -> None:
    """The folder and those above it, each certain to be on the disk before anything is put into it.

    One that is there and empty may be of a writer that died before that, so it is made certain here.
    """
    absent = []
    while not folder.exists():
        absent.append(folder)
        folder = folder.parent
    if _is_empty(folder):
        disk.sync_folder(folder.parent)
    for below in reversed(absent):
        disk.make_folder(below)
        disk.sync_folder(below.parent)


def _is_empty(folder: Path) -> bool:
    """Whether nothing is in the folder; not where it may not be looked into, or is a file."""
    try:
        return not os.listdir(folder)
    except (PermissionError, NotADirectoryError):
        return False
