"""The steps that a write to disk is made of, one function each.

:mod:`~tradewind.store.files` writes through these alone, so that a test can put a failing disk in their
place, or one that forgets at a power cut what was not synced.
"""

import errno
import os
from pathlib import Path
from typing import BinaryIO

_UNSYNCABLE = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.EBADF)
"""What a system says that lets nobody sync a folder, or not this user; any other error is one of the disk."""


def make_folder(folder: Path) -> None:
    """One folder in one that is there; nothing where it is there already."""
    folder.mkdir(exist_ok=True)


def create(path: Path) -> BinaryIO:
    """A new file, open for writing; one of that name is emptied."""
    return path.open("wb")


def write(file: BinaryIO, data: bytes) -> None:
    """All of the data, as far as the system's own memory."""
    file.write(data)
    file.flush()


def sync(file: BinaryIO) -> None:
    """What was written is on the disk when this returns."""
    os.fsync(file.fileno())


def rename(old: Path, new: Path) -> None:
    """Give a file another name in its folder, in one step; a file of that name is replaced."""
    old.replace(new)


def remove(path: Path) -> None:
    """Take a file away; nothing where it is gone already."""
    path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Names that were made, changed and removed in the folder are on the disk when this returns.

    Where a folder cannot be opened or synced (Windows, some network file systems, a folder above that this
    user may not read) the system alone decides when they are; then nothing happens.
    """
    if os.name == "nt":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _UNSYNCABLE:
            raise
