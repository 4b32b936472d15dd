"""How a file of a plug-in folder becomes a module: under a stable name, from source, whole or not at all.

A folder ``/home/ann/limits`` is the package ``tradewind_plugins.limits_1f0a5b3c``: its name, and a hash of
where it lies. Its file ``small.py`` is the module ``small`` in it, here and in every worker process: what is
defined in it travels between them. Files of one folder may import each other (``from . import _shared``).
"""

import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import NoReturn

ROOT = "tradewind_plugins"


class _WholeOrNot(SourceFileLoader):
    """Runs a file's source; where that fails, what it has entered in a registry is taken out again.

    No bytecode is kept: a file that was changed within the clock's grain would be run as it was before.
    """

    def __init__(self, fullname: str, path: str, undo: Callable[[str], None]) -> None:
        super().__init__(fullname, path)
        self._undo = undo

    def path_stats(self, path: str | bytes) -> NoReturn:
        """Never: what this gives would be used to look for bytecode."""
        message = f"No bytecode of {path!r} is kept."
        raise OSError(message)

    def exec_module(self, module: ModuleType) -> None:
        """Run the file."""
        try:
            super().exec_module(module)
        except BaseException:
            self._undo(module.__name__)
            raise


class FolderFinder(MetaPathFinder):
    """Finds modules of the folders that it was told of; ``undo`` takes a module's plug-ins out again."""

    def __init__(self, undo: Callable[[str], None]) -> None:
        self._folders: dict[str, Path] = {}
        self._undo = undo
        sys.meta_path.insert(0, self)  # before the one that would find the files by their folder alone

    def package_of(self, folder: Path) -> str:
        """The package that a folder is, whatever others there are: every process calls it the same."""
        where = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
        key = f"{re.sub(r'[^0-9A-Za-z_]', '_', folder.name)}_{where}"
        self._folders[key] = folder
        return f"{ROOT}.{key}"

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module of ours lies; None for any other."""
        root, *inner = fullname.split(".")
        if root != ROOT:
            return None
        if not inner:
            return _bare(fullname, [])
        folder = self._folders.get(inner[0])
        if folder is None:
            return None
        if len(inner) == 1:
            return _bare(fullname, [str(folder)])
        place = folder.joinpath(*inner[1:])
        for file in (place / "__init__.py", place.with_name(f"{place.name}.py")):
            if file.is_file():
                loader = _WholeOrNot(fullname, str(file), self._undo)
                inside = [str(place)] if file.name == "__init__.py" else None
                return importlib.util.spec_from_file_location(
                    fullname, file, loader=loader, submodule_search_locations=inside
                )
        return None


def plugin_names(folder: Path) -> list[str]:
    """Names of the files and packages of a folder; those that begin with ``_`` or ``.`` only serve others.

    OSError where the folder cannot be read.
    """
    found = set()
    for place in folder.iterdir():
        if place.name.startswith(("_", ".")):
            continue
        if place.suffix == ".py" and place.is_file():
            found.add(place.stem)
        elif (place / "__init__.py").is_file():
            found.add(place.name)
    return sorted(found)


def place_of(folder: Path, name: str) -> Path:
    """The file, or the package's folder, of a plug-in."""
    file = folder / f"{name}.py"
    return file if file.is_file() else folder / name


def digest(place: Path) -> str:
    """SHA-256 over the file, or all of the package's; files beside it that begin with ``_`` belong to it."""
    whole = hashlib.sha256()
    for file in _parts(place):
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _parts(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from sorted(place.rglob("*.py"))
    else:
        yield place
    yield from sorted(file for file in place.parent.glob("_*.py") if file != place)


def _bare(name: str, inside: list[str]) -> ModuleSpec:
    """A package without a file of its own."""
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = inside
    return spec
