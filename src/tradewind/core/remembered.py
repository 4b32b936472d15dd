"""What a module remembers between calls: everything in it that could have changed, as plain words.

A plug-in that keeps something in a module-level dictionary, a default argument, a closure or a class gives
another answer after a restart, or when it is asked in another order. What ``functools.cache`` keeps is no
memory in that sense: it only spares work.
"""

import random
import sys
from collections.abc import Iterator, Mapping, Set
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

_DEEPEST = 8
_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_STATEFUL = ("itertools", "builtins")
"""Where iterators live whose words say how far they are (``count(3)``)."""


def remembered(module: str) -> dict[str, str]:
    """Values by name of a module and of those beside and inside it in the same plug-in folder.

    Of a module without a name there are none.
    """
    if not module:
        return {}
    package = module.rpartition(".")[0] if module.startswith("tradewind_plugins.") else module
    found: dict[str, str] = {}
    for name, loaded in list(sys.modules.items()):
        if name == module or name.startswith((f"{package}._", f"{module}.")):
            for key, value in _parts(loaded):
                found[f"{name.rpartition('.')[2]}.{key}"] = words(value)
    return found


def words(value: Any, depth: int = 0) -> str:
    """A value so that two that differ have other words; of what cannot be looked into, its type."""
    if isinstance(value, _PLAIN):
        return repr(value)
    if depth > _DEEPEST:
        return type(value).__name__
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{words(value.tolist(), depth + 1)}"
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, random.Random):
        return repr(value.getstate())
    inside = _inside(value)
    if inside is not None:
        return f"{type(value).__name__}({', '.join(words(part, depth + 1) for part in inside)})"
    if type(value).__module__ in _STATEFUL and hasattr(value, "__next__"):
        return repr(value) if "object at" not in repr(value) else type(value).__name__
    return type(value).__name__


def _inside(value: Any) -> list[Any] | None:
    """The parts of a container or of an object, in an order that depends on nothing but them."""
    if isinstance(value, Mapping):
        return sorted(([k, v] for k, v in value.items()), key=lambda pair: words(pair[0]))
    if isinstance(value, Set):
        return sorted(value, key=words)
    if isinstance(value, list | tuple) or type(value).__name__ == "deque":
        return list(value)
    if isinstance(value, type | ModuleType | FunctionType) or callable(value):
        return None
    fields = getattr(value, "__struct_fields__", None) or getattr(value, "__slots__", None)
    if fields:
        return [[name, getattr(value, name, None)] for name in fields]
    own = getattr(value, "__dict__", None)
    return [[name, part] for name, part in sorted(own.items())] if own is not None else None


def _parts(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in list(vars(module).items()):
        if name.startswith("__") or isinstance(value, ModuleType):
            continue
        if isinstance(value, FunctionType):
            if value.__module__ == module.__name__:
                yield from _of_function(name, value)
        elif isinstance(value, type):
            if value.__module__ == module.__name__:
                yield from _of_class(name, value)
        else:
            yield name, value


def _of_function(name: str, function: FunctionType) -> Iterator[tuple[str, Any]]:
    cells = [cell.cell_contents for cell in function.__closure__ or () if _filled(cell)]
    for what, value in (
        ("its default arguments", [function.__defaults__, function.__kwdefaults__]),
        ("what it closes over", cells),
        ("its attributes", dict(vars(function))),
    ):
        yield f"{name} ({what})", value


def _of_class(name: str, kind: type) -> Iterator[tuple[str, Any]]:
    for key, value in list(vars(kind).items()):
        if key.startswith("__") or not isinstance(
            value, FunctionType | property | classmethod | staticmethod
        ):
            if not key.startswith("__"):
                yield f"{name}.{key}", value
        elif isinstance(value, FunctionType):
            yield from _of_function(f"{name}.{key}", value)


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # not assigned yet
        return False
