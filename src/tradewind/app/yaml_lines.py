"""YAML that remembers on which line each key stands, and that is read in bounded time and memory.

A configuration is plain data: no anchors and aliases (which can grow without bound or contain themselves), no
tags, no key twice, keys are words. Dates stay text, and ``1e-3`` is a number as everywhere else.
"""

import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tradewind.core.errors import ConfigError
from tradewind.core.settings import Location, shortened

MOST_BYTES = 1 << 20
MOST_NODES = 20_000
MOST_DEPTH = 20

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """The safe loader for words, truths, numbers and nothing; a float needs no dot."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the library's own name
        first: [(tag, pattern) for tag, pattern in found if tag.rpartition(":")[2] in ("bool", "int", "null")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_FLOAT = re.compile(
    r"(?:[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.(?:inf|Inf|INF))"
    r"|\.(?:nan|NaN|NAN))$",
    re.ASCII,
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


@dataclass(frozen=True)
class LinedYaml:
    """The values of a file and the line (from 1) of each key in it."""

    name: str
    values: dict[str, Any]
    lines: dict[Location, int]

    def line_of(self, location: Sequence[str | int]) -> int | None:
        """Line of the key, or of the nearest one around it; None when the file does not have it."""
        for end in range(len(location), 0, -1):
            line = self.lines.get(tuple(location[:end]))
            if line is not None:
                return line
        return None


def read_yaml(path: Path) -> LinedYaml:
    """Read a mapping.

    Raises
    ------
    ConfigError
        The file is missing, too large or no plain YAML mapping, or names a key twice.
    """
    lines: dict[Location, int] = {}
    values = _value_of(_text_of(path), str(path), lines)
    if values is None:
        return LinedYaml(str(path), {}, {})
    if not isinstance(values, dict):
        message = f"{path}: a configuration is a mapping of keys, this is {shortened(values)}."
        raise ConfigError(message, "Start with a key such as `seed: 7`.")
    return LinedYaml(str(path), values, lines)


def read_word(text: str, name: str) -> Any:
    """The value of a variable called ``name``: one scalar, or a list or mapping in brackets."""
    if text.lstrip().startswith(("[", "{")):
        return _value_of(text, name, {})
    loader = _Loader("")
    try:
        node = yaml.ScalarNode(loader.resolve(yaml.ScalarNode, text, (True, False)), text)
        return _Built(name, loader, {}).value(node, ())
    finally:
        loader.dispose()


def _value_of(text: str, name: str, lines: dict[Location, int]) -> Any:
    try:
        _check_events(text, name)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            return None if node is None else _Built(name, loader, lines).value(node, ())
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        message = f"{name}{where}: this is not YAML: {problem}."
        raise ConfigError(message, "Correct the line.") from error


def _text_of(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            message = f"The configuration {path} is not a file."
            raise ConfigError(message, "Name a YAML file with --config.")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            message = f"The configuration {path} has more than {MOST_BYTES:,} bytes."
            raise ConfigError(message, "Check that it is the right file.")
        return data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        message = f"The configuration {path} cannot be read: {getattr(error, 'strerror', None) or error}."
        raise ConfigError(message, "Check the path given with --config.") from error


def _check_events(text: str, name: str) -> None:
    """Refuse what plain data does not need, before anything is built of it."""
    nodes = depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            message = f"{name}, line {line}: anchors and aliases (&{event.anchor}) are not read."
            raise ConfigError(message, "Write the value out where it is used.")
        if getattr(event, "tag", None) not in (None, "!"):
            message = f"{name}, line {line}: the tag {shortened(event.tag)} is not read."
            raise ConfigError(message, "Leave the tag out.")
        if depth > MOST_DEPTH or nodes > MOST_NODES:
            deep = f"is deeper than {MOST_DEPTH} levels"
            what = deep if depth > MOST_DEPTH else f"has more than {MOST_NODES} values"
            message = f"{name}, line {line}: the configuration {what}."
            raise ConfigError(message, "Check that it is the right file.")


@dataclass(frozen=True)
class _Built:
    """Values of nodes; notes the line of each key on the way."""

    name: str
    loader: Any
    lines: dict[Location, int]

    def mapping(self, node: yaml.MappingNode, at: Location) -> dict[str, Any]:
        """Values by key; ConfigError for a key that is no word or stands twice."""
        built: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag != "tag:yaml.org,2002:str":
                shown = shortened(getattr(key, "value", ""))
                message = f"{self.name}, line {line}: the key {shown} is not a word."
                raise ConfigError(message, "Put it in quotes if it is meant as a name.")
            here = (*at, key.value)
            if key.value in built:
                message = (
                    f"{self.name}: the key {'.'.join(map(str, here))} stands twice, on line "
                    f"{self.lines[here]} and on line {line}."
                )
                raise ConfigError(message, "Join the two.")
            self.lines[here] = line
            built[key.value] = self.value(value, here)
        return built

    def value(self, node: yaml.Node, at: Location) -> Any:
        """The value of any node."""
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            values = []
            for index, item in enumerate(node.value):
                self.lines[*at, index] = item.start_mark.line + 1
                values.append(self.value(item, (*at, index)))
            return values
        if node.tag.endswith(":float"):
            return _number(node.value)
        try:
            return self.loader.construct_object(node)
        except ValueError as error:
            where = f", line {node.start_mark.line + 1}" if node.start_mark is not None else ""
            message = f"{self.name}{where}: {shortened(node.value)} is not a value: {error}."
            raise ConfigError(message, "Correct it, or put it in quotes.") from error


def _number(text: str) -> float:
    """A float of YAML: ``.inf`` and ``.nan`` as Python writes them."""
    lowered = text.lower()
    return float(re.sub(r"\.(inf|nan)$", r"\1", lowered))
