"""Where the source of a strategy or plug-in changes what belongs to its module, which nothing keeps."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tradewind.core.errors import ConfigError

_CHANGING = (
    frozenset(("add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "pop"))
    | frozenset(("popitem", "popleft", "remove", "reverse", "rotate", "setdefault", "sort", "update"))
)  # fmt: skip
DEFAULT = "a default argument"
"""Said of a list, dict or set as a default, whether it is changed or not."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def require_no_module_memory(path: Path, source: bytes) -> None:
    """Refuse a strategy's file whose functions change variables of the module, its classes or its defaults.

    Raises
    ------
    ConfigError
        Names the file, the line and the variable.
    """
    for line, name in module_changes(path, source):
        message = f"{path}, line {line}: {name} is changed, and a session does not keep it."
        step = "Remember on self, set up in on_start; what only spares work may use functools.cache."
        raise ConfigError(message, step)


def module_changes(path: Path, source: bytes) -> Iterator[tuple[int, str]]:
    """Lines at which functions of a file change what calls share, and what; see :data:`DEFAULT`."""
    tree = ast.parse(source, str(path))
    shared = set(_names_of(tree))
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            yield from _changes(node, shared)


def _names_of(tree: ast.Module) -> Iterator[str]:
    """Variables and classes of a module, without what it imports."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield from _assigned(node)


def _assigned(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _changes(function: _Function, shared: set[str]) -> Iterator[tuple[int, str]]:
    """Lines of a function that change something shared, and what."""
    given = function.args
    for default in (*given.defaults, *(one for one in given.kw_defaults if one is not None)):
        if isinstance(default, ast.List | ast.Dict | ast.Set):
            yield default.lineno, DEFAULT
    body = function.body if isinstance(function.body, list) else [function.body]
    declared = {
        name
        for node in body
        for part in ast.walk(node)
        if isinstance(part, ast.Global)
        for name in part.names
    }
    arguments = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
    own = {one.arg for one in arguments if one is not None}
    own |= {name for node in body for name in _assigned(node)} - declared
    for node in body:
        for part in ast.walk(node):
            target = _changed(part)
            root = _root(target) if target is not None else ""
            bare = isinstance(target, ast.Name)
            if root in shared - own and (not bare or root in declared):
                yield part.lineno, ast.unparse(target)  # type: ignore[attr-defined, arg-type]


def _changed(node: ast.AST) -> ast.expr | None:
    """What a statement or a call changes in place, or binds anew."""
    match node:
        case ast.Name(ctx=ast.Store() | ast.Del()):
            return node
        case ast.Subscript(ctx=ast.Store() | ast.Del(), value=value):
            return value if not isinstance(value, ast.Name) else node
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            return node
        case ast.Call(func=ast.Attribute(attr=attr, value=value)) if attr in _CHANGING:
            return value if not isinstance(value, ast.Name) else ast.Attribute(value, attr, ast.Load())
    return None


def _root(node: ast.expr) -> str:
    """The variable at the beginning of ``a.b[c].d``."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
