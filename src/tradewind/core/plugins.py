"""Plug-ins from outside the package: files of the folders that the configuration names, and entry points.

Nothing is imported when a folder is named; the first registry that is asked imports every file of it, once a
process. A file that fails is left out and remembered with its line (:func:`failures`); all others go on.

An installed package offers a module of plug-ins as an entry point of the group ``tradewind.plugins``.
"""

import importlib
import importlib.util
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol
from weakref import WeakSet

from tradewind.core.errors import RegistryError
from tradewind.core.plugin_files import FolderFinder, digest, place_of, plugin_names

GROUP = "tradewind.plugins"
LOADING = threading.RLock()
"""Held by whoever imports plug-ins, ours or others': registries fill one at a time."""


class Holder(Protocol):
    """A registry, as far as this module knows it."""

    def drop(self, module: str) -> None:
        """Take out what ``module`` has entered."""
        ...


@dataclass(frozen=True)
class PluginFile:
    """A file (or package) from outside that was imported; ``sha256`` is over what it then was."""

    module: str
    path: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name without its folder, which differs from machine to machine."""
        return Path(self.path).name


@dataclass(frozen=True)
class PluginFailure:
    """A file from outside that could not be imported, where it failed (0: nowhere in it), and why."""

    path: str
    line: int
    error: str

    def __str__(self) -> str:
        return f"{self.path}{f', line {self.line}' if self.line else ''}: {self.error}"


HOLDERS: WeakSet[Holder] = WeakSet()
"""Every registry there is."""


def _drop(module: str) -> None:
    for holder in list(HOLDERS):
        holder.drop(module)


_finder = FolderFinder(_drop)
_folders: dict[Path, bool] = {}
_files: dict[str, PluginFile] = {}
_failures: dict[str, PluginFailure] = {}
_offered = _loading = False
"""Whether entry points were imported (of ``_folders`` the values say the same of each folder), and whether
that is being done: a file that is imported asks registries itself.
"""


def use_folders(folders: Iterable[Path]) -> None:
    """Name folders whose files are plug-ins; they are imported when a registry is next asked."""
    with LOADING:
        for folder in folders:
            place = Path(folder).expanduser().absolute()
            _folders.setdefault(place, False)
            _finder.package_of(place)


def folders() -> tuple[Path, ...]:
    """The folders that were named, in order: what a worker process must be told."""
    return tuple(_folders)


def load_outside() -> None:
    """Import what was named and is not imported yet; failures are remembered, not raised."""
    global _offered, _loading
    if _offered and all(_folders.values()):
        return
    with LOADING:
        if _loading:
            return
        _loading = True
        try:
            for folder in [folder for folder, done in _folders.items() if not done]:
                _load_folder(folder)
                _folders[folder] = True
            if not _offered:
                for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
                    _load_entry_point(point)
                _offered = True
        finally:
            _loading = False


def load_file(path: Path) -> PluginFile:
    """Import one file, whether its folder was named or not.

    Raises
    ------
    RegistryError
        There is no such file, or it cannot be imported; the message names the file and the line.
    """
    place = Path(path).expanduser().absolute()
    if place.suffix != ".py" or not place.is_file():
        message = f"There is no Python file {path}."
        raise RegistryError(message, "Name a file that ends in .py.")
    with LOADING:
        load_outside()
        module = f"{_finder.package_of(place.parent)}.{place.stem}"
        if module not in _files:
            _load(module, place)
        failure = _failures.get(str(place))
    if failure is not None:
        message = f"{failure}."
        raise RegistryError(message, "Correct the file.")
    return _files[module]


def failures() -> tuple[PluginFailure, ...]:
    """The files that could not be imported, in order of their names."""
    load_outside()
    return tuple(_failures[path] for path in sorted(_failures))


def failures_in_words() -> str:
    """What a message about an unknown name adds: it may stand in a file that failed."""
    return "".join(f" {failure.path} could not be imported: {_short(failure)}." for failure in failures())


def files() -> tuple[PluginFile, ...]:
    """The files that were imported, by module."""
    load_outside()
    return tuple(_files[module] for module in sorted(_files))


def file_of(module: str) -> PluginFile:
    """The file behind a module from outside, be it that of a program that entered a plug-in by itself."""
    for name in (module, module.rpartition(".")[0]):
        if name in _files:
            return _files[name]
    path = getattr(sys.modules.get(module), "__file__", None)
    place = Path(path) if path else None
    known = place is not None and place.is_file()
    return PluginFile(module, str(place) if known else module, digest(place) if place and known else "")


def _load_folder(folder: Path) -> None:
    try:
        names = plugin_names(folder)
    except OSError as error:
        reason = f"the folder cannot be read ({error.strerror})"
        _failures[str(folder)] = PluginFailure(str(folder), 0, reason)
        return
    package = _finder.package_of(folder)
    for name in names:
        _load(f"{package}.{name}", place_of(folder, name))


def _load(module: str, place: Path) -> None:
    def bring() -> None:
        sha256 = digest(place)
        importlib.import_module(module)
        _files[module] = PluginFile(module, str(place), sha256)

    _isolated(str(place), bring)


def _load_entry_point(point: EntryPoint) -> None:
    module = point.module
    package = point.dist.name if point.dist is not None else "an installed package"

    def bring() -> None:
        loaded = importlib.import_module(module)
        place = Path(getattr(loaded, "__file__", None) or module)
        _files[module] = PluginFile(module, str(place), digest(place) if place.is_file() else "")

    _isolated(f"{module} (of {package})", bring, lambda: _drop(module))


def _isolated(path: str, bring: Callable[[], None], undo: Callable[[], None] = lambda: None) -> None:
    """Import, or remember why not: a file of somebody's may raise anything, and must stop nothing else."""
    try:
        bring()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is told of by every face
        undo()
        _failures[path] = PluginFailure(path, _line(error, path), _said(error))


def _line(error: BaseException, path: str) -> int:
    """The line of the file at which it failed: where its syntax is wrong, or the last of its own running."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno or 0
    own = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return own[-1] if own else 0


def _said(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {' '.join(text.split())}".rstrip(" .:")


def _short(failure: PluginFailure) -> str:
    return f"line {failure.line}, {failure.error}" if failure.line else failure.error
