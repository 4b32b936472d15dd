"""Where a setting that is refused came from: the option, the variable, or the line of the file."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from tradewind.app.environment import Given, Option
from tradewind.app.yaml_lines import LinedYaml
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.settings import Location, dotted, shortened


def place(
    error: TradewindError, file: LinedYaml | None, variables: Given, options: Sequence[Option] = ()
) -> None:
    """Put the option, the variable or the line that the setting at the error's location came from before its
    message.
    """
    at = error.location
    option = option_at(at, options)
    if option:
        error.message = f"{option}: {error.message}"
        return
    variable = next((name for name, (way, _) in variables.items() if at and at[: len(way)] == way), "")
    line = file.line_of(at) if file is not None else None
    if variable:
        error.message = f"{variable}: {error.message}"
    elif file is not None and line:
        error.message = f"{file.name}, line {line}: {error.message}"


def option_at(at: Location, options: Sequence[Option]) -> str:
    """The option that says what is at ``at``, or else the last that says a part of it."""
    leading = [one for one in options if at and at[: len(one.at)] == one.at]
    inside = [one for one in options if at and one.at[: len(at)] == at]
    return max(leading, key=lambda one: len(one.at)).name if leading else inside[-1].name if inside else ""


def first_of(error: ValidationError, root: type[BaseModel]) -> ConfigError:
    """What pydantic found first, in our words."""
    first = error.errors(include_url=False)[0]
    at, given = first["loc"], first.get("input")
    if first["type"] == "extra_forbidden":
        known = _keys_at(root, at[:-1])
        near = get_close_matches(str(at[-1]), known, n=1)
        meant = f"Did you mean {near[0]}? " if near else ""
        message = f"{dotted(at)}: there is no such setting."
        return ConfigError(message, f"{meant}Known are: {', '.join(known)}.", location=at)
    if first["type"] == "value_error":  # our own words, which name the value
        message = f"{dotted(at)}: {first['msg'].removeprefix('Value error, ').rstrip('.')}."
        return ConfigError(message, "Correct it.", location=at)
    message = f"{dotted(at)}: {first['msg']} (it is {shortened(given)})."
    return ConfigError(message, "See `tradewind config schema` for what is allowed.", location=at)


def _keys_at(root: type[BaseModel], at: Location) -> list[str]:
    """The keys that the section at ``at`` knows; inside a list or a mapping those of its items."""
    section: Any = root
    for key in at:
        if isinstance(section, type) and issubclass(section, BaseModel):
            section = section.model_fields[str(key)].annotation
        else:  # tuple[Item, ...] or dict[str, Item]
            section = next(kind for kind in reversed(get_args(section)) if kind is not Ellipsis)
        if type(None) in get_args(section):  # Section | None
            section = get_args(section)[0]
    return list(section.model_fields)
