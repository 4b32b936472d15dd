"""A strategy of somebody's own found: in a Python file, in a table of signals, or handed over."""

import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from tradewind.app.session.beside import beside, digest_of
from tradewind.app.session.module_memory import DEFAULT, module_changes, require_no_module_memory
from tradewind.app.session.settings import StrategyConfig, file_and_class
from tradewind.app.session.signal_file import TABLES, read_signals
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.events import PARAMETER
from tradewind.strategies.own.signals import Signals
from tradewind.strategies.own.strategy import (
    OWN_MODULES,
    OfFunction,
    Strategy,
    factor_names_of,
    parameters_of,
)

HANDED_OVER = "python:"
"""Before the name of a strategy that was handed over as an object."""

_numbers = count(1)
_handed: dict[str, "OwnCode"] = {}


@dataclass(frozen=True)
class OwnCode:
    """A strategy that can be made anew: from where, what its source hashes to, and what it reads."""

    use: str
    sha256: str
    make: Callable[[], Strategy]
    factors: tuple[str, ...]
    models: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """All of them, with the defaults of those that nobody named."""
    beside: tuple[Path, ...] = ()
    """Files of its own folder that it imports."""


def own_code(strategy: StrategyConfig) -> OwnCode:
    """The code behind ``use``: ``FILE.py``, ``FILE.py:CLASS``, or a table of signals.

    Raises
    ------
    ConfigError
        There is no such file or class, the file does not import, a parameter is wrong, or the file keeps
        something in its module.
    """
    if strategy.use.startswith(HANDED_OVER):
        return _handed_over(strategy.use)
    path, name = file_and_class(strategy.use)
    try:
        source = path.read_bytes()
    except OSError as error:
        message = f"The strategy's file {path} cannot be read: {error.strerror}."
        raise ConfigError(message, "Name a Python file, FILE.py:CLASS, or a table of signals.") from error
    if path.suffix.lower() in TABLES:
        if strategy.parameters:
            message = f"The signals in {path} take no parameters."
            raise ConfigError(message, "Leave them out.", location=("parameters",))
        series = read_signals(path)
        return OwnCode(str(path), digest_of(source, ()), partial(Signals, series), (), ())
    others = beside(path, source)
    sha256 = digest_of(source, others)
    kind = _class_in(path, name, sha256)
    require_no_module_memory(path, source)
    for file in (one for one in others if one.parent == path.resolve().parent):
        require_no_module_memory(file, file.read_bytes())
    code = code_of(partial(kind, **strategy.parameters), f"{path}:{kind.__name__}", sha256)
    return replace(code, beside=others)


def hand_over(strategy: Strategy) -> str:
    """What to write under ``use`` for a strategy that was made in this process; none other can find it.

    Its parameters are those that it has now, and each run begins with a fresh one.
    """
    kind = type(strategy)
    told = strategy.asks if isinstance(strategy, OfFunction) else kind
    sha256 = source_hash(told)
    if isinstance(strategy, Signals | OfFunction):  # neither remembers anything: one serves every run
        use = f"{HANDED_OVER}{told.__qualname__}-{next(_numbers)}"
        _handed[use] = OwnCode(use, sha256, lambda: strategy, (), ())
        return use
    now = {name: getattr(strategy, name) for name in parameters_of(kind)}
    use = f"{HANDED_OVER}{kind.__module__}.{kind.__qualname__}-{next(_numbers)}"
    _handed[use] = code_of(partial(kind, **now), use, sha256)
    return use


def kept_in_module(strategy: Strategy) -> tuple[str, ...]:
    """What the class or function of an object changes outside of itself: the next run begins with it."""
    told = strategy.asks if isinstance(strategy, OfFunction) else type(strategy)
    try:
        file, (lines, first) = Path(inspect.getfile(told)), inspect.getsourcelines(told)
        changes = dict(module_changes(file, file.read_bytes()))
    except (OSError, TypeError, SyntaxError):
        return ()  # typed into a shell or a notebook: there is no file to look at
    return tuple(
        f"{file.name}, line {line}: {told.__qualname__} changes {name}, and the next run begins with that. "
        "Remember on self, set up in on_start."
        for line, name in changes.items()
        if first <= line < first + len(lines) and name != DEFAULT
    )


def source_hash(told: Any) -> str:
    """SHA-256 of the file that a class or function is written in, as a session by configuration has it.

    Of its source where there is no file (a notebook's cell), of its name where there is neither.
    """
    try:
        file = Path(inspect.getfile(told))
        if file.is_file():
            source = file.read_bytes()
            return digest_of(source, beside(file, source))
        source = inspect.getsource(told).encode()
    except (OSError, TypeError):
        source = told.__qualname__.encode()
    return digest_of(source, ())


def _handed_over(use: str) -> OwnCode:
    found = _handed.get(use)
    if found is None:
        message = f"The strategy {use.removeprefix(HANDED_OVER)} was handed over in another process."
        raise ConfigError(message, "Put it into a file, and name that under `use`.")
    return found


def code_of(make: Callable[[], Strategy], use: str, sha256: str) -> OwnCode:
    """Made once, to know what it reads."""
    try:
        made = make()
    except TradewindError:
        raise
    except Exception as error:  # whatever somebody else's constructor raises
        message = f"The strategy {use} cannot be made: {type(error).__name__}: {error}."
        raise ConfigError(message, "Correct its __init__; parameters are annotated attributes.") from error
    kind = type(made)
    if all(getattr(kind, name) is getattr(Strategy, name) for name in ("on_bar", "on_bars", "on_timer")):
        message = f"The strategy {use} has neither on_bar nor on_bars: it would never trade."
        raise ConfigError(message, "Write `def on_bar(self, bar, now)`; check how its name is spelt.")
    shared = [
        name
        for name, value in vars(kind).items()
        if isinstance(value, list | dict | set) and name[:2] != "__"
    ]
    if shared:
        message = f"{kind.__name__}.{shared[0]} is shared by all of its class, and no session can keep it."
        raise ConfigError(message, f"Set it up in on_start: self.{shared[0]} = …; a constant may be a tuple.")
    values = {name: getattr(made, name) for name in parameters_of(kind)}
    return OwnCode(use, sha256, make, factor_names_of(made), tuple(made.models), values)


def _class_in(path: Path, name: str, sha256: str) -> type[Strategy]:
    found = {
        key: value
        for key, value in vars(_module(path, sha256)).items()
        if isinstance(value, type)
        and issubclass(value, Strategy)
        and value.__module__.startswith(OWN_MODULES)
    }
    if name in found:
        return found[name]
    if not name and len(found) == 1:
        return next(iter(found.values()))
    known = ", ".join(found) or "none"
    message = f"{path} has no strategy {name!r}." if name else f"{path} has {len(found)} strategies."
    raise ConfigError(message, f"Name one as {path.name}:CLASS; a class of tw.Strategy. It has {known}.")


def _module(path: Path, sha256: str) -> ModuleType:
    """The file as a module of its own, imported once a process for each content that it had."""
    name = f"{OWN_MODULES}{re.sub(r'[^0-9a-zA-Z_]', '_', path.stem)}_{sha256[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        message = f"{path} is no Python file."
        raise ConfigError(message, "Name a file that ends in .py, or a table of signals.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever somebody else's file raises
        del sys.modules[name]
        raise _does_not_import(path, error) from error
    return module


def _does_not_import(path: Path, error: BaseException) -> ConfigError:
    if isinstance(error, SyntaxError):
        where = error.lineno
    else:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
        where = frames[-1].lineno if frames else None
    line = f", line {where}" if where else ""
    message = f"{path}{line} does not import: {type(error).__name__}: {error}."
    return ConfigError(message, "Correct the file.")


def parameters_said(parameters: Mapping[str, Any]) -> dict[str, float | bool | str]:
    """Parameters in the words of a record: plain values as they are, others as text."""
    return {
        name: value if isinstance(value, bool | int | float | str) else str(value)
        for name, value in parameters.items()
    }


def own_terms(code: OwnCode) -> dict[str, float | bool | str]:
    """What a session's start says of an own strategy: its code, that code's hash, and every parameter."""
    own = {f"{PARAMETER}{name}": value for name, value in parameters_said(code.parameters).items()}
    return {"use": code.use, "sha256": code.sha256, **own}


def changed_parameters(begun: Mapping[str, object], now: Mapping[str, Any]) -> Iterator[str]:
    """``slow is 60 and was 50`` for each parameter that a session's start says otherwise."""
    said = parameters_said(now)
    for name in dict.fromkeys((*begun, *said)):
        if name not in said:
            yield f"{name} is gone and was {begun[name]}"
        elif name not in begun:
            yield f"{name} is {said[name]} and was not there"
        elif begun[name] != said[name]:
            yield f"{name} is {said[name]} and was {begun[name]}"
