"""A disk that fails, kills its writer, and forgets at a power cut what was not synced.

The steps of :mod:`tradewind.store.disk` really happen in a folder, which is what processes see. Beside it a
model keeps what POSIX promises to be on the medium: bytes of a file since its last sync, names of a folder
since its own. What lies between may be on the medium too, or in part, in any order.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from tradewind.store import disk

STEPS = ("make_folder", "create", "write", "sync", "rename", "remove", "sync_folder")


class Killed(BaseException):
    """The writer was killed at a step; only what the system itself does for a dead process is still done."""


@dataclass
class Inode:
    """A file: what processes see, and what is on the medium for certain (None: not even its length)."""

    seen: bytes = b""
    certain: bytes | None = None


@dataclass
class Names:
    """A folder: names on the medium for certain, and changes since, each of which happens whole or not."""

    certain: dict[str, "Inode | Names"] = field(default_factory=dict)
    changes: list[tuple[str | None, str | None, "Inode | Names"]] = field(default_factory=list)
    """Old name (None: made), new name (None: removed), and what it names."""

    def seen(self) -> dict[str, "Inode | Names"]:
        """What processes see."""
        return self.after(self.changes)

    def after(
        self, changes: Sequence[tuple[str | None, str | None, "Inode | Names"]]
    ) -> dict[str, "Inode | Names"]:
        """The certain names after some of the changes."""
        names = dict(self.certain)
        for old, new, what in changes:
            if old is not None:
                names.pop(old, None)
            if new is not None:
                names[new] = what
        return names


class ForgetfulDisk:
    """The steps of :mod:`tradewind.store.disk` under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.top = Names()
        self.steps: list[str] = []
        self.fail_at: int | None = None
        """The step, counted from now, that fails; None for none."""
        self.fault: BaseException = Killed()
        self.before_step: Callable[[], None] = lambda: None
        self.torn = 0.5
        """How much of its bytes a write that fails has written, as a part of them."""
        self._open: dict[int, Inode] = {}

    @contextmanager
    def installed(self) -> Iterator["ForgetfulDisk"]:
        """In the place of the real disk, for the block."""
        with pytest.MonkeyPatch.context() as patch:
            for name in STEPS:
                patch.setattr(disk, name, self._step(name, getattr(disk, name)))
            yield self

    def _step(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object) -> object:
            self.before_step()
            self.steps.append(name)
            fails = self.fail_at == 0
            self.fail_at = None if self.fail_at in (None, 0) else self.fail_at - 1
            if fails and name != "write":
                raise self.fault
            given = arguments
            if fails:
                file, data = arguments
                given = (file, data[: int(len(data) * self.torn)])
            result = real(*given)
            getattr(self, f"_{name}")(*given, *([result] if name == "create" else []))
            if fails:
                raise self.fault
            return result

        return step

    def _names(self, folder: Path) -> Names:
        names = self.top
        for part in folder.relative_to(self.root).parts:
            below = names.seen()[part]
            assert isinstance(below, Names)
            names = below
        return names

    def _make_folder(self, folder: Path) -> None:
        parent = self._names(folder.parent)
        if folder.name not in parent.seen():
            parent.changes.append((None, folder.name, Names()))

    def _create(self, path: Path, file: BinaryIO) -> None:
        inode = Inode()
        self._open[id(file)] = inode
        self._names(path.parent).changes.append((None, path.name, inode))

    def _write(self, file: BinaryIO, data: bytes) -> None:
        self._open[id(file)].seen += data

    def _sync(self, file: BinaryIO) -> None:
        inode = self._open[id(file)]
        inode.certain = inode.seen

    def _rename(self, old: Path, new: Path) -> None:
        names = self._names(old.parent)
        names.changes.append((old.name, new.name, names.seen()[old.name]))

    def _remove(self, path: Path) -> None:
        names = self._names(path.parent)
        if path.name in names.seen():
            names.changes.append((path.name, None, names.seen()[path.name]))

    def _sync_folder(self, folder: Path) -> None:
        if folder.is_relative_to(self.root):
            names = self._names(folder)
            names.certain, names.changes = names.seen(), []

    def power_cut(
        self, target: Path, kept: Callable[[int], Sequence[bool]], bytes_of: Callable[[bytes], bytes]
    ) -> "ForgetfulDisk":
        """The disk as it is found afterwards, in another folder; every byte of it is then certain.

        ``kept`` says of so many changes of names which are on the medium; ``bytes_of`` what is there of a
        file that was not synced.
        """
        found = ForgetfulDisk(target)
        target.mkdir()
        found.top = _after_cut(self.top, target, kept, bytes_of)
        return found


def _after_cut(
    names: Names, target: Path, kept: Callable[[int], Sequence[bool]], bytes_of: Callable[[bytes], bytes]
) -> Names:
    chosen = [c for c, keep in zip(names.changes, kept(len(names.changes)), strict=True) if keep]
    left = Names()
    for name, what in names.after(chosen).items():
        if isinstance(what, Names):
            (target / name).mkdir()
            left.certain[name] = _after_cut(what, target / name, kept, bytes_of)
        else:
            whole = what.certain if what.certain == what.seen else None
            data = bytes_of(what.seen) if whole is None else whole
            (target / name).write_bytes(data)
            left.certain[name] = Inode(data, data)
    return left
