"""YAML that remembers on which line each key stands, so that an error can name it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tradewind.core.errors import ConfigError

Location = tuple[str | int, ...]


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
    """Read a mapping; ConfigError when the file is missing, is no YAML, or is no mapping."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"The configuration {path} cannot be read: {error}."
        raise ConfigError(message, "Check the path given with --config.") from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error)
        message = f"{path}{where}: this is not YAML: {problem}."
        raise ConfigError(message, "Correct the line.") from error
    if values is None:
        return LinedYaml(str(path), {}, {})
    if not isinstance(values, dict):
        message = f"{path}: a configuration is a mapping of keys, this is a {type(values).__name__}."
        raise ConfigError(message, "Start with a key such as `seed: 7`.")
    lines: dict[Location, int] = {}
    _note_lines(node, (), lines)
    return LinedYaml(str(path), values, lines)


def _note_lines(node: yaml.Node | None, at: Location, lines: dict[Location, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, key.value)
            lines[here] = key.start_mark.line + 1
            _note_lines(value, here, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            here = (*at, index)
            lines[here] = value.start_mark.line + 1
            _note_lines(value, here, lines)
