"""Files that a strategy imports from beside itself: they decide with it, so they count into its hash."""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

_OF_OTHERS = {"site-packages", "dist-packages"}
"""Folders of installed libraries: the versions of those are nobody's source."""


def beside(path: Path, source: bytes) -> tuple[Path, ...]:
    """Files in the folder of ``path`` that it imports, by whatever way, and those that they import, in order.

    Of a package of that folder all files count. Errors of syntax are left to the import.
    """
    folder, found = path.resolve().parent, {path.resolve(): None}
    pending = [source]
    while pending:
        for name in _imported(pending.pop()):
            for file in _files_of(name, folder):
                if file not in found:
                    found[file] = None
                    pending.append(file.read_bytes())
    return tuple(sorted(file for file in found if file != path.resolve()))


def digest_of(source: bytes, others: tuple[Path, ...]) -> str:
    """SHA-256 of a file alone; with others beside it, over the hashes of all."""
    if not others:
        return hashlib.sha256(source).hexdigest()
    whole = hashlib.sha256(hashlib.sha256(source).digest())
    for file in others:
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _imported(source: bytes) -> Iterator[str]:
    """The outermost names of all that a source imports, also inside functions."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _files_of(name: str, folder: Path) -> Iterator[Path]:
    if name == "tradewind" or (not (folder / name).is_dir() and not (folder / f"{name}.py").is_file()):
        return
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return
    if spec is None or spec.origin is None:
        return
    file = Path(spec.origin).resolve()
    if not file.is_relative_to(folder) or _OF_OTHERS & set(file.parts):
        return
    yield from file.parent.rglob("*.py") if file.name == "__init__.py" else (file,)
